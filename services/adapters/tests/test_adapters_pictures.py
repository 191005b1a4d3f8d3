"""A crew's photo comes back: kept by the city before the news is told, only from the agency's own address."""

from hashlib import sha256
from typing import Any

import pytest
from systems_played import Systems, eventually, notice, sent, tell

from adapters.domain.pictures import MOST_BYTES, NotNow, Unusable, own_address
from adapters.gateways.calling import Caller
from adapters.gateways.files import FileSystem
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.topics import outbox
from relay311_drivers.systems.book import PICTURE

CLAIM = f"{sha256(PICTURE).hexdigest()}.claim"


async def finished(bench: Bench, systems: Systems, agency: str, **more: Any) -> AgencyReport:
    """Hand a request over, let the crew finish it, and wait for the report."""
    await tell(bench, agency, notice(agency))
    await sent(bench, 1)

    async def booked() -> object:
        return systems.records(agency)

    (record,) = await eventually(booked, "the record")
    systems.do(agency, change={record["number"]: {"stage": "done", "ended": True, "job": "WO-1", **more}})

    async def told() -> object:
        return [one for one in bench.events(outbox(agency), AgencyReport) if one.kind == "completed"]

    (report,) = await eventually(told, "the report")
    assert isinstance(report, AgencyReport)
    return report


async def waiting(bench: Bench) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json()
    return found


@pytest.mark.requirement("INT-09", "INT-02")
@pytest.mark.parametrize(
    ("agency", "photo"),
    [("water-and-power", "/water-and-power/photos/crew.jpg"), ("engineering", "crew.jpg"), ("fire", "crew.jpg")],
)
async def test_the_crews_photo_is_kept_and_told(bench: Bench, systems: Systems, agency: str, photo: str) -> None:
    report = await finished(bench, systems, agency, photo=photo)
    assert report.photos == (CLAIM,)
    assert await waiting(bench) == []


@pytest.mark.requirement("INT-09")
async def test_a_system_that_calls_sends_addresses_or_claims(bench: Bench, systems: Systems) -> None:
    await tell(bench, "housing", notice("housing"))
    await sent(bench, 1)
    (record,) = systems.records("housing")
    own, path = bench.token("agency", agency="housing"), "/agencies/housing/updates"
    body = {"number": record["number"], "status": "working", "reported_at": "2026-03-02T18:00:00Z"}
    brought = f"{'cd' * 32}.claim"
    shown = body | {"photos": [f"{systems.url}/housing/photos/before.jpg", brought]}
    assert (await bench.http.post(path, json=shown, headers=own)).status_code == 200
    await bench.quiet()
    (report,) = bench.events(outbox("housing"), AgencyReport)
    assert set(report.photos) == {CLAIM, brought}
    later = body | {"status": "done", "reported_at": "2026-03-02T19:00:00Z"}
    foreign = await bench.http.post(path, json=later | {"photos": ["http://127.0.0.9/x.jpg"]}, headers=own)
    assert (foreign.status_code, foreign.json()["errors"][0]["field"]) == (422, "photos")
    assert "another address" in foreign.text
    page = await bench.http.post(path, json=later | {"photos": [f"{systems.url}/control/housing"]}, headers=own)
    assert (page.status_code, "no picture" in page.text) == (422, True)


@pytest.mark.requirement("INT-17", "OPS-08")
async def test_a_photo_at_another_address_is_not_fetched_and_a_person_is_told(bench: Bench, systems: Systems) -> None:
    report = await finished(bench, systems, "water-and-power", photo="http://127.0.0.9:1/steal.jpg")
    assert report.photos == ()
    (found,) = await waiting(bench)
    assert (found["kind"], found["code"]) == ("photo", "http://127.0.0.9:1/steal.jpg")
    assert "another address" in str(found["detail"])


@pytest.mark.requirement("OPS-08")
async def test_a_picture_lies_at_the_system_itself_and_is_of_bounded_size(systems: Systems, tmp_path: Any) -> None:
    for trick in ("http://user@127.0.0.1/x", "//elsewhere.example/x", "file:///etc/passwd", "http://[::1"):
        with pytest.raises(Unusable):
            own_address(trick, [systems.url])
    guarded = Caller(allow_private=False)
    with pytest.raises(Unusable):
        await guarded.picture(f"{systems.url}/housing/photos/x.jpg")
    folder = tmp_path / "from-agency" / "photos"
    folder.mkdir(parents=True)
    (folder / "large.jpg").write_bytes(bytes(MOST_BYTES + 5))
    files = FileSystem(tmp_path, None)  # type: ignore[arg-type]
    assert len(await files.picture("large.jpg")) == MOST_BYTES + 1
    for name in ("../secret", "a/b.jpg"):
        with pytest.raises(Unusable):
            await files.picture(name)
    with pytest.raises(NotNow):
        await files.picture("later.jpg")
    await guarded.close()
