"""The triage desk sends requests where they belong: outside the city, or to a desk of the city's own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import AdditionalAsked, RequestClosed, RequestCreated, RequestReopened, RequestUpdated
from contracts.routing import RequestAssigned, RequestDiverted
from contracts.vocabulary import Disposition, Operator
from routing.app import build
from routing.domain.lifecycle import OURS_AFTER_ALL
from routing.settings import Settings
from routing.store.reading import settled

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
HELP = {"to": "social-services-211", "reason": "social-help", "note": "Ms Doe, 555-0100, needs food"}


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(build, Settings)
    return made


async def report(bench: Bench, words: str = "We have nothing to eat") -> RequestCreated:
    about = RequestFacts(tracking_number="T-1", service_code="other", opened_at=NOW)
    created = RequestCreated(
        request_id=uuid4(), sequence=1, about=about, place=Place(), operator=Operator.CITY_311, description=words
    )
    await bench.feed(created, at=NOW)
    return created


async def divert(bench: Bench, request_id: UUID, role: str = "agent", **body: Any) -> Any:
    given = bench.token(role, subject="ada")
    answer = await bench.http.post(f"/triage/{request_id}/divert", json=HELP | body, headers=given)
    await bench.quiet()
    return answer


async def waiting(bench: Bench) -> list[dict[str, Any]]:
    queue = await bench.http.get("/triage", headers=bench.token("agent"))
    found: list[dict[str, Any]] = queue.json()["requests"]
    return found


@pytest.mark.requirement("RTE-16", "CAT-25")
async def test_who_needs_211_is_told_its_number_and_hours_in_both_languages(bench: Bench) -> None:
    request_id = (await report(bench)).request_id
    answer = (await divert(bench, request_id)).json()
    (event,) = bench.events("request.diverted", RequestDiverted)
    assert (event.destination, event.disposition, event.phone, event.hours) == (
        "social-services-211", Disposition.NOT_OUR_JURISDICTION, "211", "24/7",
    )  # fmt: skip
    assert event.explanation == answer["explanation"]
    assert "The number is 211, answered at any hour of any day." in event.explanation["en"]
    assert "El número es 211; atienden a toda hora, todos los días." in event.explanation["es"]
    assert await waiting(bench) == []
    assert bench.events("request.assigned", RequestAssigned) == []


@pytest.mark.requirement("RTE-16")
@pytest.mark.parametrize(
    ("to", "kind", "reason", "number", "reach"),
    [
        ("emergency-911", "emergency", "emergency", "911", "The number is 911, answered at any hour of any day."),
        ("county-services", "county", "another-government", None, "We know no number for it."),
        ("state-highways", "state", "another-government", None, "We know no number for it."),
    ],
)
async def test_whatever_is_another_governments_ends_with_whose_it_is_and_how_to_reach_them(
    bench: Bench, to: str, kind: str, reason: str, number: str | None, reach: str
) -> None:
    request_id = (await report(bench)).request_id
    assert (await divert(bench, request_id, to=to, reason=reason)).status_code == 200
    (event,) = bench.events("request.diverted", RequestDiverted)
    assert (event.destination, event.kind, event.reason, event.phone) == (to, kind, reason, number)
    assert event.disposition is Disposition.NOT_OUR_JURISDICTION
    assert event.explanation["en"].endswith(reach)
    assert event.explanation["es"] != event.explanation["en"]
    assert await waiting(bench) == []


@pytest.mark.requirement("RTE-16")
async def test_a_utility_of_the_citys_own_gets_the_request_and_it_stays_open(bench: Bench) -> None:
    request_id = (await report(bench, "Nobody answers me")).request_id
    sent = await divert(bench, request_id, to="water-and-power-line", reason="utility")
    assert sent.status_code == 200, sent.text
    (event,) = bench.events("request.diverted", RequestDiverted)
    assert (event.kind, event.disposition, event.phone, event.hours) == ("utility", None, "800-DIAL-DWP", "24/7")
    (assigned,) = bench.events("request.assigned", RequestAssigned)
    assert assigned.agency == "water-and-power"


@pytest.mark.requirement("RTE-16")
async def test_the_reason_is_recorded_and_a_clerks_own_words_stay_in_the_audit(bench: Bench) -> None:
    request_id = (await report(bench)).request_id
    await divert(bench, request_id)
    (noted,) = await bench.rows("routing", "SELECT role, action, object, detail FROM audit")
    assert (noted["action"], noted["object"], noted["detail"]["reason"]) == (
        "triage.divert", str(request_id), "social-help",
    )  # fmt: skip
    assert noted["detail"]["note"] == HELP["note"]
    assert "555-0100" not in str(bench.published("request.diverted"))
    (kept,) = await bench.rows("routing", "SELECT destination, reason, phone, hours, was_open FROM diversion")
    assert tuple(kept.values()) == ("social-services-211", "social-help", "211", "24/7", True)


async def test_what_311_passed_on_itself_ends_as_referred_outside(bench: Bench) -> None:
    request_id = (await report(bench)).request_id
    await divert(bench, request_id, handed_over=True)
    (event,) = bench.events("request.diverted", RequestDiverted)
    assert event.disposition is Disposition.REFERRED_EXTERNAL
    assert event.explanation["en"].startswith("We passed this on to 211 social services.")


@pytest.mark.requirement("CLO-07", "RTE-07")
async def test_what_goes_to_a_desk_of_the_citys_own_stays_open_and_tracked(bench: Bench) -> None:
    request_id = (await report(bench, "A car stands here for weeks")).request_id
    answer = await divert(bench, request_id, to="abandoned-vehicle-line", reason="specialists")
    assert (answer.json()["disposition"], answer.json()["agency"]) == (None, "transportation")
    (event,) = bench.events("request.diverted", RequestDiverted)
    (assigned,) = bench.events("request.assigned", RequestAssigned)
    assert event.disposition is None
    assert (assigned.agency, assigned.cause.value, assigned.reason) == ("transportation", "triage", event.explanation)
    assert "answered Monday to Friday, 08:00 to 17:00" in assigned.reason["en"]
    assert "de lunes a viernes" in assigned.reason["es"]


@pytest.mark.requirement("RTE-08", "RTE-09", "RTE-20")
async def test_diversions_are_counted_with_the_transfers_and_those_that_were_avoidable(bench: Bench) -> None:
    for to, reason in (("social-services-211", "social-help"), ("abandoned-vehicle-line", "specialists")):
        await divert(bench, (await report(bench)).request_id, to=to, reason=reason)
    found = (
        await bench.http.get("/transfers", headers=bench.token("analyst"), params={"until": LATER.isoformat()})
    ).json()
    assert (found["handed_on"], found["requests_diverted"]) == (2, 2)
    avoidable = {row["slug"]: row["avoidable"] for row in found["by_destination"]}
    assert avoidable == {"social-services-211": False, "abandoned-vehicle-line": found["avoidable"] == 1}
    assert {row["reason"] for row in found["by_reason"]} == {"social-help", "specialists"}


async def test_the_same_decision_twice_is_one_diversion(bench: Bench) -> None:
    request_id = (await report(bench)).request_id
    first, again = await divert(bench, request_id), await divert(bench, request_id)
    assert (first.status_code, again.status_code) == (200, 409)
    assert len(bench.events("request.diverted", RequestDiverted)) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"to": "the-moon"}, "to"),
        ({"reason": "because"}, "reason"),
        ({"reason": "wrong-agency"}, "reason"),
        ({"to": "abandoned-vehicle-line", "reason": "specialists", "handed_over": True}, "handed_over"),
        ({"note": "x" * 501}, "note"),
    ],
)
async def test_a_wrong_decision_names_its_field(bench: Bench, body: dict[str, Any], field: str) -> None:
    answer = await divert(bench, (await report(bench)).request_id, **body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_what_an_agency_still_works_on_does_not_end_at_the_desk(bench: Bench) -> None:
    created = await report(bench)
    for agency in ("sanitation", "nobody-yet"):
        change = AdditionalAsked(agency=agency, reason="More is needed.")
        await bench.feed(
            RequestUpdated(request_id=created.request_id, sequence=1, about=created.about, change=change, by="system")
        )
    answer = await divert(bench, created.request_id)
    assert answer.status_code == 409
    assert "sanitation still has this request" in answer.json()["detail"]


@pytest.mark.requirement("CLO-05")
async def test_a_disputed_diversion_is_the_desks_again_with_its_reason(bench: Bench) -> None:
    created = await report(bench)
    await divert(bench, created.request_id)
    shared: dict[str, Any] = {"request_id": created.request_id, "sequence": 1, "about": created.about}
    closure_id = uuid4()
    await bench.feed(
        RequestClosed(
            **shared,
            closure_id=closure_id,
            disposition=Disposition.NOT_OUR_JURISDICTION,
            closed_at=NOW,
            explanation={"en": "Call 211."},
            closed_by="agent",
            door="triage",
        )
    )
    await bench.feed(
        RequestReopened(**shared, closure_id=closure_id, reopen_count=1, reopened_at=LATER),
    )  # fmt: skip
    (again,) = await waiting(bench)
    assert again["reason"] == OURS_AFTER_ALL


@pytest.mark.requirement("RTE-05")
async def test_a_disputed_diversion_teaches_the_reader_nothing(bench: Bench) -> None:
    created = await report(bench)
    await divert(bench, created.request_id)
    async with bench.running["routing"].database.reads() as reads:
        assert [row["destination"] for row in await settled(reads, 9)] == ["social-services-211"]
    shared: dict[str, Any] = {"request_id": created.request_id, "sequence": 1, "about": created.about}
    await bench.feed(RequestReopened(**shared, closure_id=uuid4(), reopen_count=1, reopened_at=LATER))
    async with bench.running["routing"].database.reads() as reads:
        assert await settled(reads, 9) == []


async def test_many_are_sent_at_once_each_answered_by_itself(bench: Bench) -> None:
    known, other = (await report(bench)).request_id, uuid4()
    lines = [{"request_id": str(one), "key": str(one), **HELP} for one in (known, other)]
    answer = await bench.http.post("/triage/divert", json={"lines": lines}, headers=bench.token("agent"))
    await bench.quiet()
    assert (answer.json()["diverted"], [one["status"] for one in answer.json()["results"]]) == (1, [200, 409])
    refused = await bench.http.post("/triage/divert", json={"lines": lines}, headers=bench.token("agency"))
    assert refused.status_code == 403


@pytest.mark.requirement("CAT-25")
async def test_the_desk_is_shown_where_it_may_send_and_who_their_words_name(bench: Bench) -> None:
    await report(bench, "Where do I pay my property tax?")
    (one,) = await waiting(bench)
    assert [where["slug"] for where in one["elsewhere"]] == ["county-services"]
    listed = (await bench.http.get("/triage/destinations", headers=bench.token("agent"))).json()
    stays = {where["slug"]: where["stays_open"] for where in listed["destinations"]}
    assert (stays["emergency-911"], stays["abandoned-vehicle-line"]) == (False, True)
    assert "another-government" in {reason["code"] for reason in listed["reasons"]}
    assert (await bench.http.get("/triage/destinations")).status_code == 403
