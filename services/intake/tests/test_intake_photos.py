"""Photos through the real doors, on a real database and folder."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.frontends import Place, RequestSubmitted
from contracts.intake import (
    Evidence,
    PhotosAdded,
    RequestAccepted,
    RequestClosed,
    RequestCreated,
    RequestRefused,
    RequestUpdated,
)
from contracts.routing import RequestAssigned
from contracts.topics import outbox
from contracts.vocabulary import AssignmentCause, Disposition, EvidenceKind, ReportKind
from intake import store
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
import pictures
from listener import listening, ok

BenchFactory = Callable[..., Awaitable[Bench]]
POTHOLE = {"service_code": "graffiti-removal", "description": "Paint.", "place": {"address": "100 W 1st St"}}
PAT = {"email": "pat@example.org"}


@pytest.fixture
async def bench(bench_factory: BenchFactory, tmp_path: Path) -> Bench:
    return await bench_factory(build, Settings, photo_store=str(tmp_path), photo_poll_seconds=0.02)


async def upload(bench: Bench, *data: bytes) -> list[dict[str, Any]]:
    files = [("photos", ("me-at-home.jpg", one, "image/jpeg")) for one in data]
    answer = await bench.http.post("/photos", files=files)
    assert answer.status_code == 201, answer.text
    return list(answer.json()["photos"])


async def report(bench: Bench, **more: Any) -> dict[str, Any]:
    answer = await bench.http.post("/requests", json=POTHOLE | more)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    return dict(answer.json())


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await what():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not happen within ten seconds")


async def shown(bench: Bench, made: dict[str, Any]) -> dict[str, Any]:
    return dict((await bench.http.get(f"/requests/{made['tracking_number']}")).json())


def link(made: dict[str, Any]) -> str:
    return str(made["manage_link"]).partition("?")[2]


@pytest.mark.requirement("PHO-01", "PHO-04")
async def test_photos_come_along_with_a_report(bench: Bench) -> None:
    first, second = await upload(bench, pictures.laden("JPEG"), pictures.plain("HEIF"))
    made = await report(bench, photos=[first["claim"], second["claim"], first["claim"]])
    (created,) = bench.events("request.created", RequestCreated)
    assert [photo.photo_id for photo in created.photos] == [first["photo_id"], second["photo_id"]]
    photos = (await shown(bench, made))["photos"]
    assert [photo["photo_id"] for photo in photos] == [first["photo_id"], second["photo_id"]]
    answer = await bench.http.get(photos[0]["url"].partition("8301")[2])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("inline; filename=")
    assert "immutable" in answer.headers["cache-control"]
    assert pictures.CANARY not in answer.content
    small = await bench.http.get(f"/photos/{first['photo_id']}/thumbnail")
    assert small.status_code == 200


async def test_one_picture_may_be_the_body_itself(bench: Bench) -> None:
    answer = await bench.http.post("/photos", content=pictures.plain("PNG"), headers={"content-type": "image/png"})
    assert answer.status_code == 201
    assert len(answer.json()["photos"]) == 1


NO_PICTURES = {
    "nothing": ({"content": b""}, 422),
    "words": ({"content": b"hello"}, 415),
    "a form without files": ({"data": {"a": "b"}, "files": {}}, 415),
    "a broken form": ({"content": b"--x", "headers": {"content-type": "multipart/form-data"}}, 422),
    "eleven": ({"files": [("photos", ("a.jpg", b"x", "image/jpeg"))] * 11}, 422),
    "a damaged one": ({"content": pictures.plain("JPEG")[:300]}, 422),
    "too many pixels": ({"content": pictures.png(9000, 9000)}, 413),
    "too many bytes": ({"content": pictures.plain("JPEG") + bytes(20_000_000)}, 413),
}


@pytest.mark.parametrize("case", NO_PICTURES)
async def test_what_cannot_be_kept_is_refused_in_a_sentence(bench: Bench, case: str) -> None:
    given, status = NO_PICTURES[case]
    answer = await bench.http.post("/photos", **given)  # type: ignore[arg-type]
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].endswith(".")


async def test_a_body_of_unknown_length_has_the_same_limit(bench: Bench) -> None:
    async def endless() -> Any:
        while True:
            yield bytes(1_000_000)

    answer = await bench.http.post("/photos", content=endless())
    assert answer.status_code == 413


async def test_an_upload_is_its_uploaders_until_it_belongs_to_a_request(bench: Bench) -> None:
    (photo,) = await upload(bench, pictures.plain("JPEG"))
    place = f"/photos/{photo['photo_id']}"
    assert (await bench.http.get(place)).status_code == 404
    assert (await bench.http.get(place, params={"claim": f"{photo['photo_id']}.guess"})).status_code == 404
    assert (await bench.http.get(place, params={"claim": photo["claim"]})).status_code == 200
    await report(bench, photos=[photo["claim"]])
    assert (await bench.http.get(place)).status_code == 200


async def test_a_claim_cannot_be_made_up(bench: Bench) -> None:
    (photo,) = await upload(bench, pictures.plain("JPEG"))
    for bad in (photo["photo_id"], f"{photo['photo_id']}.guess", "x", "ftp://example.org/a.jpg", ""):
        answer = await bench.http.post("/requests", json=POTHOLE | {"photos": [photo["claim"], bad]})
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["photos.1"]
    assert bench.published("request.created") == []


@pytest.mark.requirement("PHO-01")
async def test_photos_are_added_later_by_the_requester(bench: Bench) -> None:
    made = await report(bench, reporter=PAT)
    (photo,) = await upload(bench, pictures.plain("JPEG"))
    place, body = f"/requests/{made['tracking_number']}/photos", {"photos": [photo["claim"]]}
    assert (await bench.http.post(place, json=body)).status_code == 403
    answer = await bench.http.post(f"{place}?{link(made)}", json=body)
    assert answer.status_code == 201
    assert answer.json()["photos"][0]["photo_id"] == photo["photo_id"]
    await bench.http.post(f"{place}?{link(made)}", json=body)
    await bench.quiet()
    (told,) = bench.events("request.updated", RequestUpdated)
    assert isinstance(told.change, PhotosAdded)
    assert [one.photo_id for one in told.change.photos] == [photo["photo_id"]]
    view = await shown(bench, made)
    assert len(view["photos"]) == 1
    assert [entry["kind"] for entry in view["timeline"]] == ["created", "photos"]


async def test_a_request_keeps_no_more_than_twenty(bench: Bench) -> None:
    made = await report(bench, reporter=PAT)
    place = f"/requests/{made['tracking_number']}/photos?{link(made)}"
    parts = [[pictures.plain("PNG", (10 + n, 10)) for n in part] for part in (range(10), range(10, 20), [20])]
    uploads = await asyncio.gather(*(upload(bench, *part) for part in parts))
    codes = []
    for photos in uploads:
        answer = await bench.http.post(place, json={"photos": [photo["claim"] for photo in photos]})
        codes.append(answer.status_code)
    assert codes == [201, 201, 409]


async def assign(bench: Bench, agency: str) -> UUID:
    (created,) = bench.events("request.created", RequestCreated)
    event = RequestAssigned(
        request_id=created.request_id, sequence=1, about=created.about, agency=agency, assignment_id=uuid4(),
        queue="desk", cause=AssignmentCause.RULE, confidence=1, reason={"en": "by rule"}, assigned_at=bench.clock.now,
    )  # fmt: skip
    await bench.feed(event)
    return event.assignment_id


@pytest.mark.requirement("PHO-05")
async def test_an_agency_at_work_adds_its_photo_and_the_requester_sees_it(bench: Bench) -> None:
    made = await report(bench, reporter=PAT)
    (photo,) = await upload(bench, pictures.plain("JPEG"))
    place, body = f"/requests/{made['tracking_number']}/photos", {"photos": [photo["claim"]]}
    agency = bench.running["intake"].service.agencies[0]
    crew = bench.token("agency", agency=agency)
    assert (await bench.http.post(place, json=body, headers=crew)).status_code == 403
    assignment_id = await assign(bench, agency)
    assert (await bench.http.post(place, json=body, headers=crew)).status_code == 201
    shows = Evidence(kind=EvidenceKind.PHOTO, reference=photo["photo_id"])
    done = AgencyReport(
        request_id=UUID(made["request_id"]), assignment_id=assignment_id, update_id="u1", kind=ReportKind.COMPLETED,
        reported_at=bench.clock.now, disposition=Disposition.FIXED, evidence=(shows,),
    )  # fmt: skip
    await bench.feed(done, topic=outbox(agency))
    (closed,) = bench.events("request.closed", RequestClosed)
    assert closed.evidence == (shows,)
    view = await shown(bench, made)
    assert view["evidence"][0]["reference"] == view["photos"][0]["photo_id"] == photo["photo_id"]


@pytest.mark.requirement("PHO-05", "INT-09")
async def test_a_report_brings_the_crews_photo_itself_and_it_is_the_evidence(bench: Bench) -> None:
    made = await report(bench, reporter=PAT)
    (photo,) = await upload(bench, pictures.plain("JPEG"))
    agency = bench.running["intake"].service.agencies[0]
    assignment_id = await assign(bench, agency)
    done = AgencyReport(
        request_id=UUID(made["request_id"]), assignment_id=assignment_id, update_id="u1", kind=ReportKind.COMPLETED,
        reported_at=bench.clock.now, disposition=Disposition.FIXED, photos=(photo["claim"], "no claim of ours"),
    )  # fmt: skip
    await bench.feed(done, topic=outbox(agency))
    await bench.feed(done, topic=outbox(agency))
    view = await shown(bench, made)
    assert view["status"] == "closed"
    assert [one["photo_id"] for one in view["photos"]] == [photo["photo_id"]]
    assert view["evidence"] == [{"kind": "photo", "reference": photo["photo_id"]}]
    assert (await bench.http.get(f"/photos/{photo['photo_id']}")).status_code == 200


@pytest.mark.requirement("PHO-01")
async def test_an_address_is_fetched_after_the_answer(bench_factory: BenchFactory, tmp_path: Path) -> None:
    async with listening(ok(pictures.laden("JPEG"))) as listener:
        origin = f"http://127.0.0.1:{listener.port}"
        given = {"photo_store": str(tmp_path), "photo_poll_seconds": 0.02, "photo_sources": origin}
        bench = await bench_factory(build, Settings, **given)
        made = await report(bench, photos=[f"{origin}/a.jpg"])

        async def there() -> bool:
            return bool((await shown(bench, made)).get("photos"))

        await until(there)
        await bench.quiet()
        (told,) = bench.events("request.updated", RequestUpdated)
        assert isinstance(told.change, PhotosAdded)
        assert told.by == "system"
        assert await bench.rows("intake", "SELECT * FROM vault_photo_fetch") == []
        photo_id = told.change.photos[0].photo_id
        assert pictures.CANARY not in (await bench.http.get(f"/photos/{photo_id}")).content


async def test_an_address_that_does_not_answer_is_asked_again_and_given_up_in_the_end(
    bench_factory: BenchFactory, tmp_path: Path
) -> None:
    async with listening(b"HTTP/1.1 503 Away\r\ncontent-length: 0\r\nconnection: close\r\n\r\n") as listener:
        origin = f"http://127.0.0.1:{listener.port}"
        given = {"photo_store": str(tmp_path), "photo_poll_seconds": 0.02, "photo_sources": origin}
        bench = await bench_factory(build, Settings, **given)
        made = await report(bench, photos=[f"{origin}/a.jpg"])
        for tries in range(1, 7):

            async def asked(tries: int = tries) -> bool:
                rows = await bench.rows("intake", "SELECT due_at FROM vault_photo_fetch")
                waits = not rows or rows[0]["due_at"] > bench.clock.now + timedelta(seconds=130) or tries == 1
                return listener.connections == tries and waits

            await until(asked)
            await asyncio.sleep(0.1)
            bench.clock.now += timedelta(hours=9)

        async def given_up() -> bool:
            return not await bench.rows("intake", "SELECT 1 FROM vault_photo_fetch")

        await until(given_up)
        entry = (await shown(bench, made))["timeline"][-1]
        assert entry["kind"] == "photo_refused"
        assert origin not in str(entry)


async def test_an_address_that_leads_inside_is_told_as_refused(bench: Bench) -> None:
    made = await report(bench, photos=["http://169.254.169.254/latest/meta-data"])

    async def refused() -> bool:
        return bool((await shown(bench, made))["timeline"][-1]["kind"] == "photo_refused")

    await until(refused)


@pytest.mark.requirement("PHO-01")
async def test_published_reports_bring_photos_too(bench: Bench) -> None:
    (photo,) = await upload(bench, pictures.plain("WEBP"))
    common = {"submitter": "kiosk", "service_code": "graffiti-removal", "place": Place(address="1 Main St")}
    await bench.feed(RequestSubmitted(submission_key="1", photos=(photo["claim"],), **common))
    await bench.feed(RequestSubmitted(submission_key="2", photos=("file:///etc/passwd",), **common))
    (accepted,) = bench.events("request.accepted", RequestAccepted)
    (created,) = bench.events("request.created", RequestCreated)
    assert accepted.request_id == created.request_id
    assert [one.photo_id for one in created.photos] == [photo["photo_id"]]
    (refused,) = bench.events("request.refused", RequestRefused)
    assert refused.problems[0].field == "photos.0"


async def test_what_nobody_claims_is_swept_after_a_day_and_what_is_claimed_stays(bench: Bench, tmp_path: Path) -> None:
    left, used = await upload(bench, pictures.plain("JPEG"), pictures.plain("JPEG", (50, 50)))
    await report(bench, photos=[used["claim"]])
    bench.clock.now += timedelta(hours=24, minutes=30)
    late = await bench.http.post("/requests", json=POTHOLE | {"photos": [left["claim"]]})
    assert late.status_code == 422
    bench.clock.now += timedelta(hours=1)

    async def swept() -> bool:
        return {path.name[:64] for path in tmp_path.rglob("*") if path.is_file()} == {used["photo_id"]}

    await until(swept)
    assert (await bench.http.get(f"/photos/{used['photo_id']}")).status_code == 200


async def test_erasure_deletes_what_no_other_request_uses(bench: Bench, tmp_path: Path) -> None:
    own, shared = await upload(bench, pictures.plain("JPEG"), pictures.plain("JPEG", (50, 50)))
    mine = await report(bench, photos=[own["claim"], shared["claim"], "http://192.0.2.1:9/a.jpg"])
    await report(bench, photos=[shared["claim"]])
    async with bench.running["intake"].doors.transaction() as tx:
        await store.erase_photos(tx, [UUID(mine["request_id"])])

    async def erased() -> bool:
        return {path.name[:64] for path in tmp_path.rglob("*") if path.is_file()} == {shared["photo_id"]}

    await until(erased)
    assert "photos" not in await shown(bench, mine)
    assert (await bench.http.get(f"/photos/{own['photo_id']}", params={"claim": own["claim"]})).status_code == 404
    assert (await bench.http.get(f"/photos/{shared['photo_id']}")).status_code == 200


async def test_a_full_store_refuses_the_photo_and_leaves_the_report_free_to_go(
    bench_factory: BenchFactory, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    bench = await bench_factory(build, Settings, photo_store=str(tmp_path / "file"))
    answer = await bench.http.post("/photos", content=pictures.plain("JPEG"))
    assert answer.status_code in {503, 507}
    await report(bench)


@pytest.mark.requirement("PHO-02", "PHO-03")
async def test_types_are_suggested_from_a_photo_and_nothing_is_sent_by_itself(
    bench_factory: BenchFactory, tmp_path: Path
) -> None:
    bench = await bench_factory(build, Settings, photo_store=str(tmp_path), photo_recogniser="seeing:SeesRed")
    (photo,) = await upload(bench, pictures.plain("JPEG"))
    place = f"/photos/{photo['photo_id']}/suggestions"
    assert (await bench.http.get(place)).status_code == 404
    said = (await bench.http.get(place, params={"claim": photo["claim"]})).json()["suggestions"]
    assert said[0]["service_code"] == "graffiti-removal"
    assert [one["score"] for one in said] == sorted((one["score"] for one in said), reverse=True)
    assert set(said[0]["name"]) == {"en", "es"}
    without = await bench.http.post("/requests", json={"photos": [photo["claim"]], "place": POTHOLE["place"]})
    assert [error["field"] for error in without.json()["errors"]] == ["service_code"]
    await bench.quiet()
    assert bench.published("request.created") == []


@pytest.mark.requirement("PHO-02")
async def test_without_a_recogniser_nothing_is_suggested(bench: Bench) -> None:
    (photo,) = await upload(bench, pictures.plain("JPEG"))
    place = f"/photos/{photo['photo_id']}/suggestions"
    answer = await bench.http.get(place, params={"claim": photo["claim"]})
    assert answer.json() == {"suggestions": []}


async def test_a_photo_that_was_on_its_way_when_its_request_was_erased_is_not_kept(
    bench_factory: BenchFactory, tmp_path: Path
) -> None:
    async with listening(ok(pictures.plain("JPEG")), pause=0.001) as listener:
        origin = f"http://127.0.0.1:{listener.port}"
        given = {"photo_store": str(tmp_path), "photo_poll_seconds": 0.02, "photo_sources": origin}
        bench = await bench_factory(build, Settings, **given)
        made = await report(bench, photos=[f"{origin}/a.jpg"])

        async def on_its_way() -> bool:
            return listener.connections == 1

        async def gone() -> bool:
            kept = [path for path in tmp_path.rglob("*") if path.is_file()]
            noted = await bench.rows("intake", "SELECT 1 FROM photo")
            return any(tmp_path.iterdir()) and not kept and not noted  # a folder shows that it had come

        await until(on_its_way)
        async with bench.running["intake"].doors.transaction() as tx:
            await store.erase_photos(tx, [UUID(made["request_id"])])
        await until(gone)
        assert [entry["kind"] for entry in (await shown(bench, made))["timeline"]] == ["created"]
