"""Reporting and following: through the real door, on a real database."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.frontends import Place, Reporter, RequestSubmitted
from contracts.intake import ContactProfile, RequestAccepted, RequestCreated, RequestRefused
from contracts.notify import NotificationSettled
from contracts.sla import Basis, ForecastPublished, RequestPromised
from contracts.vocabulary import DeliveryChannel, DeliveryOutcome, ForecastMethod, Moment
from intake.app import build
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
GRAFFITI = {
    "service_code": "graffiti-removal",
    "description": "Paint on the wall. My name is Pat Doe, call 555-010-4477 or pat@example.org.",
    "place": {"address": "100 W 1st St", "latitude": 34.05, "longitude": -118.24},
}
DUE = datetime(2026, 3, 9, 17, tzinfo=UTC)
PAT = {"name": "Pat Doe", "email": "pat@example.org", "language": "es"}


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings)


async def report(bench: Bench, **changes: Any) -> dict[str, Any]:
    answer = await bench.http.post("/requests", json=GRAFFITI | changes)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    return dict(answer.json())


@pytest.mark.requirement("CH-13", "CH-20")
async def test_a_report_is_answered_with_number_and_forecast_and_told_on_the_log(bench: Bench) -> None:
    made = await report(bench, reporter=PAT)
    assert set(made["forecast"]) == {"en", "es"}
    assert made["status_url"].endswith(made["tracking_number"])
    (created,) = bench.events("request.created", RequestCreated)
    assert created.about.tracking_number == made["tracking_number"]
    assert (created.sequence, created.about.language) == (1, "es")
    (profile,) = bench.events("contact.profile", ContactProfile)
    assert created.about.contact_refs == (profile.contact_ref,) == (made["contact_ref"],)
    assert profile.channels == (DeliveryChannel.EMAIL,)


@pytest.mark.requirement("CH-20")
async def test_the_answer_holds_the_forecast_published_for_the_service(bench: Bench) -> None:
    words = {"en": "8 of 10 are done within 3 days.", "es": "8 de 10 se terminan en 3 días."}
    basis = Basis(method=ForecastMethod.BASELINE, days_80=3)
    await bench.feed(ForecastPublished(service_code="graffiti-removal", version=2, basis=basis, words=words))
    await bench.feed(ForecastPublished(service_code="graffiti-removal", version=1, basis=basis, words={"en": "old"}))
    assert (await report(bench))["forecast"] == words


async def test_words_are_masked_on_the_log_and_in_public_and_one_person_is_one_contact(bench: Bench) -> None:
    made = await report(bench, reporter=PAT)
    await report(bench, reporter=PAT)
    raw = b"".join(r.value or b"" for r in bench.cluster.of_topic("request.created"))
    shown = (await bench.http.get(f"/requests/{made['tracking_number']}")).text
    for secret in ("Pat Doe", "555-010-4477", "pat@example.org"):
        assert secret.encode() not in raw
        assert secret not in shown
    assert len(bench.published("contact.profile")) == 1
    assert made["contact_ref"] not in shown


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"service_code": "graffitti-removal"}, "service_code"),
    ({"place": {}}, "place.address"),
    ({"place": {"latitude": 34.0}}, "place.longitude"),
    ({"place": {"address": "x", "area": {"council_district": "99"}}}, "place.area.council_district"),
    ({"place": {"address": "x", "area": {"parish": "1"}}}, "place.area.parish"),
    ({"attributes": {"colour": "red"}}, "attributes.colour"),
    ({"reporter": {"email": "nonsense"}}, "reporter.email"),
    ({"reporter": {"phone": "12"}}, "reporter.phone"),
    ({"reporter": {"webhook_url": "ftp://x"}}, "reporter.webhook_url"),
    ({"reporter": {"email": "a@example.org", "preferred_channel": "webhook"}}, "reporter.preferred_channel"),
    ({"descriptoin": "typo"}, "descriptoin"),
    ({"description": "x" * 4001}, "description"),
    ({"channel": "pigeon"}, "channel"),
]


@pytest.mark.requirement("CH-13")
async def test_what_is_wrong_is_named_and_nothing_is_stored(bench: Bench) -> None:
    for changes, field in WRONG:
        answer = await bench.http.post("/requests", json=GRAFFITI | changes)
        assert answer.status_code == 422, changes
        assert answer.headers["content-type"] == "application/problem+json"
        assert field in [error["field"] for error in answer.json()["errors"]], changes
    await bench.quiet()
    assert bench.published("request.created") == []
    assert (await bench.rows("intake", "SELECT count(*) AS n FROM request"))[0]["n"] == 0


async def test_hostile_input_is_refused_and_never_breaks_anything(bench: Bench) -> None:
    made = await report(bench, reporter=PAT)
    hostile: list[dict[str, Any]] = [
        {"description": "a\x00b"},
        {"place": {"address": "a\x00b"}},
        {"place": {"address": "x", "area": {"neighborhood_council": "a@example.org"}}},
        {"reporter": {"name": "a\x00b"}},
        {"external_id": "call pat@example.org"},
        {"attributes": {"call 555-010-4477": "x"}},
        {"requested_at": "0001-01-01T00:00:00+14:00"},
        {"requested_at": "1800-01-01T00:00:00Z"},
    ]
    for changes in hostile:
        answer = await bench.http.post("/requests", json=GRAFFITI | changes)
        assert answer.status_code == 422, (changes, answer.text)
        assert "555-010-4477" not in answer.text
    for raw in (b'{"service_code": "\\ud800"}', b'{"place": {"latitude": NaN, "longitude": 1}}', b"[]", b"{", b"\xff"):
        headers = {"content-type": "application/json"}
        assert (await bench.http.post("/requests", content=raw, headers=headers)).status_code in {400, 422}, raw
    lines = b"\n".join([b"\xff", b"[]", b"null", b'{"service_code": "\\ud800"}', b'{"place": {"latitude": NaN}}'])
    answer = (await bench.http.post("/requests/bulk", content=lines, headers=bench.token("system"))).json()
    assert [result["status"] for result in answer["results"]] == [422] * 5
    assert (await bench.http.get("/requests/%00")).status_code == 404
    for query in ({"service": "a\x00"}, {"since": "0001-01-01T00:00:00+14:00"}, {"cursor": "\u00e9"}):
        assert (await bench.http.get("/requests", params=query)).status_code in {200, 422}
    link = made["manage_link"].partition("?")[2]
    path = f"/requests/{made['tracking_number']}/messages?{link}"
    assert (await bench.http.post(path, json={"text": "a\x00b"})).status_code == 422


async def test_a_repeated_key_gets_the_same_answer_and_another_body_is_refused(bench: Bench) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = await bench.http.post("/requests", json=GRAFFITI, headers=headers)
    again = await bench.http.post("/requests", json=GRAFFITI, headers=headers)
    other = await bench.http.post("/requests", json=GRAFFITI | {"description": "other"}, headers=headers)
    assert (first.json(), other.status_code) == (again.json(), 409)
    await bench.quiet()
    assert len(bench.published("request.created")) == 1


@pytest.mark.requirement("CH-21", "CH-17")
async def test_life_safety_words_say_whom_to_call_and_the_report_is_taken_all_the_same(bench: Bench) -> None:
    made = await report(bench, description="I smell gas leak here and someone is unconscious")
    assert "911" in made["emergency"]["en"]
    assert len(bench.published("request.created")) == 1
    (diverted,) = bench.published("contact.recorded")
    assert diverted.data["kind"] == "emergency_diverted"


@pytest.mark.requirement("CH-17")
async def test_a_place_outside_the_city_is_taken_with_a_word(bench: Bench) -> None:
    made = await report(bench, place={"latitude": 40.0, "longitude": -100.0})
    assert made["notices"] == ["place_outside_city"]


@pytest.mark.parametrize(
    ("field", "slip"),
    [("descripcion", "A hole"), ("place.street", {"street": "1 Elm St"}), ("reporter.mail", {"mail": "a@b.example"})],
)
async def test_a_slip_of_typing_is_refused_by_name_and_loses_nobody(bench: Bench, field: str, slip: Any) -> None:
    answer = await bench.http.post("/requests", json=GRAFFITI | {field.partition(".")[0]: slip})
    assert answer.status_code == 422
    (wrong,) = answer.json()["errors"]
    assert (wrong["field"], "correct its spelling" in wrong["problem"]) == (field, True)


@pytest.mark.requirement("CH-11")
async def test_a_published_report_is_taken_once_and_a_wrong_one_is_refused_by_field(bench: Bench) -> None:
    good = RequestSubmitted(
        submission_key="a-1", submitter="parks-desk", service_code="graffiti-removal", place=Place(address="1 Elm St"),
        reporter=Reporter(email="lee@example.org"), external_id="1-1712975531",
    )  # fmt: skip
    await bench.feed(good)
    await bench.feed(good)
    await bench.feed(good.model_copy(update={"submission_key": "a-2", "place": Place()}))
    assert len(bench.published("request.created")) == 1
    first, again = bench.events("request.accepted", RequestAccepted)
    assert (first.submission_key, first.request_id) == ("a-1", again.request_id)
    (refused,) = bench.events("request.refused", RequestRefused)
    assert [(refused.submission_key, problem.field) for problem in refused.problems] == [("a-2", "place.address")]


@pytest.mark.requirement("SS-04", "STA-03")
async def test_a_request_is_found_by_any_way_to_write_its_number(bench: Bench) -> None:
    made = await report(bench, external_id="1-1712975531")
    number = made["tracking_number"]
    ways = (number, number.lower().replace("-", ""), number.replace("0", "o"), "1-1712975531", made["request_id"])
    for way in ways:
        found = (await bench.http.get(f"/requests/{way}")).json()
        assert found["request_id"] == made["request_id"], way
    for nobody in ("0000-0000-0000-0", "nonsense", "00000000-0000-0000-0000-000000000000"):
        assert (await bench.http.get(f"/requests/{nobody}")).status_code == 404


@pytest.mark.requirement("STA-09")
async def test_requests_are_listed_by_box_service_status_and_page(bench: Bench) -> None:
    for east in range(5):
        await report(bench, place={"latitude": 34.05, "longitude": -118.24 + east / 100})
    near = (await bench.http.get("/requests", params={"bbox": "-118.25,34.0,-118.225,34.1"})).json()
    assert len(near["requests"]) == 2
    assert (await bench.http.get("/requests", params={"service": "other"})).json()["requests"] == []
    assert (await bench.http.get("/requests", params={"status": "closed"})).json()["requests"] == []
    seen, cursor = [], None
    while True:
        page = (await bench.http.get("/requests", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [shown["request_id"] for shown in page["requests"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    for wrong in ({"bbox": "1,2"}, {"cursor": "x"}, {"limit": 0}, {"status": "gone"}):
        answer = await bench.http.get("/requests", params=wrong)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, next(iter(wrong)))


@pytest.mark.requirement("CH-13", "SS-04")
async def test_bulk_takes_the_good_lines_and_names_what_is_wrong_with_the_others(bench: Bench) -> None:
    old = {
        "service_code": "graffiti-removal", "clock": "event", "requested_at": "2017-12-31T23:59:58-08:00",
        "channel": "import", "external_id": "1-870704831", "key": "row-1", "reporter": {"email": "row1@example.org"},
    }  # fmt: skip
    lines = [old, {"service_code": "nonsense"}, GRAFFITI, {"service_code": "other", "place": 3}]
    body = "\n".join([*map(json.dumps, lines), "{broken", ""])
    headers = bench.token("system")
    answer = (await bench.http.post("/requests/bulk", content=body, headers=headers)).json()
    assert [result["status"] for result in answer["results"]] == [201, 422, 201, 422, 422]
    assert (answer["accepted"], answer["refused"]) == (2, 3)
    assert answer["results"][1]["errors"][0]["field"] == "service_code"
    again = (await bench.http.post("/requests/bulk", content=json.dumps(old), headers=headers)).json()
    assert again["results"][0]["tracking_number"] == answer["results"][0]["tracking_number"]
    await bench.quiet()
    envelopes: list[Any] = list(bench.published("request.created"))
    created = {envelope.data["about"]["clock"]: envelope for envelope in envelopes}
    assert created["event"].clock == "event"
    assert created["event"].time.isoformat() == "2018-01-01T07:59:58+00:00"
    assert created["event"].data["about"]["opened_at"] == "2018-01-01T07:59:58Z"
    assert bench.published("contact.profile")[0].clock == "event"


async def test_only_the_system_imports_history_and_the_public_posts_no_bulk(bench: Bench) -> None:
    old = GRAFFITI | {"clock": "event", "requested_at": "2018-01-01T00:00:00Z"}
    assert (await bench.http.post("/requests", json=old)).status_code == 403
    assert (await bench.http.post("/requests/bulk", content=json.dumps(GRAFFITI))).status_code == 403


async def test_promises_and_notifications_show_on_the_public_timeline_without_who(bench: Bench) -> None:
    made = await report(bench, reporter=PAT)
    (created,) = bench.events("request.created", RequestCreated)
    promise = RequestPromised(
        request_id=created.request_id, sequence=1, about=created.about, revision=1, due_at=DUE,
        basis=Basis(method=ForecastMethod.NONE), words={"en": "No figure yet.", "es": "Sin dato."},
    )  # fmt: skip
    moved = {"revision": 2, "sequence": 2, "words": {"en": "Newer."}, "deadline_at": DUE + timedelta(days=3)}
    await bench.feed(promise.model_copy(update=moved))
    await bench.feed(promise)
    settled = NotificationSettled(
        request_id=created.request_id, sequence=1, about=created.about, intent_id="i1", moment=Moment.RECEIVED,
        contact_ref=made["contact_ref"], channel=DeliveryChannel.EMAIL, outcome=DeliveryOutcome.DELIVERED, attempts=1,
    )  # fmt: skip
    await bench.feed(settled)
    shown = (await bench.http.get(f"/requests/{made['tracking_number']}")).json()
    assert (shown["forecast"], shown["due_at"][:10]) == ({"en": "Newer."}, "2026-03-09")
    assert shown["deadline_at"][:10] == "2026-03-12", "the day it is due now, which the words tell too"
    assert [entry["kind"] for entry in shown["timeline"]] == ["created", "promised", "promised", "notified"]
    assert made["contact_ref"] not in json.dumps(shown)


@pytest.mark.requirement("CAT-01", "CH-15")
async def test_the_catalog_is_shown_with_questions_and_forecasts(bench: Bench) -> None:
    services = (await bench.http.get("/services")).json()["services"]
    assert {"code", "name", "questions", "forecast", "articles"} <= set(services[0])
