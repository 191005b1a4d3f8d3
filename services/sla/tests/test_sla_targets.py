"""Agreements, target reviews and how promises were kept, over HTTP and on a real database."""

import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from pydantic import ValidationError

from chassis.ids import derived_uuid
from chassis.testing import Bench
from contracts.city import Agreement, City, CityError, Span, Target, load_city
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import RequestCreated
from contracts.sla import RequestEscalated, RequestPromised
from contracts.vocabulary import Operator
from sla.app import build
from sla.domain.rules import rules_of
from sla.domain.targets import only_agency
from sla.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CITY = Path(__file__).parents[3] / "cities" / "los-angeles"
SERVICE = "graffiti-removal"
NEW = {"amount": 3, "unit": "days", "effective_from": "2026-03-10", "set_by": "the agency", "source": "a memo"}


def request_id(number: int) -> UUID:
    return derived_uuid("sla targets", number)


def created(number: int, opened_at: datetime = NOW, service: str = SERVICE) -> RequestCreated:
    about = RequestFacts(tracking_number="7KQ2-9MXA-4TBC-R", service_code=service, opened_at=opened_at)
    place = Place(latitude=34.05, longitude=-118.24, area={"council_district": "4"})
    return RequestCreated(
        request_id=request_id(number), sequence=1, about=about, place=place, operator=Operator.CITY_311
    )


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]]) -> Bench:
    return await bench_factory(build, Settings, now=NOW)


def due_of(bench: Bench, number: int) -> datetime | None:
    found = [p for p in bench.events("request.promised", RequestPromised) if p.request_id == request_id(number)]
    due: datetime | None = found[-1].due_at
    return due


async def clock(bench: Bench, number: int, **columns: Any) -> None:
    values: dict[str, Any] = {
        "request_id": request_id(number), "service_code": SERVICE, "event_clock": False, "opened_at": NOW - 20 * DAY,
        "agency": "sanitation", "area": "4", "due_at": NOW - 10 * DAY, "deadline_at": NOW - 10 * DAY,
        "expected_at": NOW - 12 * DAY,
    } | columns  # fmt: skip
    places = ", ".join(f"${n}" for n in range(1, len(values) + 1))
    await bench.rows("sla", f"INSERT INTO clock ({', '.join(values)}) VALUES ({places})", *values.values())


@pytest.mark.requirement("SLA-08", "SLA-17", "SLA-19", "ANA-09", "ANA-15")
async def test_what_is_open_and_late_is_not_on_time(bench: Bench) -> None:
    opened = NOW - 20 * DAY
    await clock(bench, 1, closed_at=opened + 2 * DAY, assigned_at=opened + timedelta(hours=12), stage=1)
    await clock(bench, 2, closed_at=opened + 15 * DAY, stage=3, breach_told=1)  # late, after a reopening
    await clock(bench, 3)  # open and late
    await clock(bench, 4, due_at=NOW + DAY, deadline_at=NOW + DAY, expected_at=NOW + DAY)  # open, in time
    await clock(bench, 5, linked=True)  # follows another
    (line,) = (await bench.http.get("/performance", headers=bench.token("agent"))).json()
    assert (line["agency"], line["service"], line["area"], line["month"]) == ("sanitation", SERVICE, "4", "2026-02")
    counts = {name: line[name] for name in ("opened", "closed", "with_target", "on_time", "overdue_open", "breaches")}
    assert counts == {"opened": 4, "closed": 2, "with_target": 3, "on_time": 1, "overdue_open": 1, "breaches": 2}
    assert line["on_time_share"] == 0.3333
    assert (line["days_50"], line["days_80"], line["days_95"]) == (2, 15, 15)
    assert (line["days_to_agency"], line["days_of_work"]) == (0.5, 1.5)
    assert line["reopened_share"] == 0.25
    (whole,) = (await bench.http.get("/performance?by=service&since=2026-02-01", headers=bench.token("agent"))).json()
    assert (whole["service"], whole["agency"], whole["opened"]) == (SERVICE, None, 4)
    assert (await bench.http.get("/performance?since=2026-03-01", headers=bench.token("agent"))).json() == []


@pytest.mark.requirement("SLA-07", "SLA-03")
async def test_a_person_publishes_a_target_from_a_day_on_and_earlier_promises_stay(bench: Bench) -> None:
    await bench.feed(created(1))
    before = due_of(bench, 1)
    assert (await bench.http.post(f"/targets/{SERVICE}", json=NEW)).status_code == 403
    boss = bench.token("supervisor")
    today = await bench.http.post(f"/targets/{SERVICE}", json=NEW | {"effective_from": "2026-03-02"}, headers=boss)
    assert (today.status_code, "2026-03-03" in today.json()["detail"]) == (422, True)
    taken = await bench.http.post(f"/targets/{SERVICE}", json=NEW, headers=boss)
    assert taken.status_code == 201, taken.text
    await bench.feed(created(2))
    assert due_of(bench, 2) == before, "it does not hold yet"
    bench.clock.now = datetime(2026, 3, 11, 17, tzinfo=UTC)
    await bench.feed(created(3, bench.clock.now))
    assert due_of(bench, 3) == bench.clock.now + 3 * DAY
    assert due_of(bench, 1) == before
    (noted,) = await bench.rows("sla", "SELECT * FROM audit WHERE action = 'target.publish'")
    assert (noted["object"], noted["role"]) == (SERVICE, "supervisor")
    listed = [t for t in (await bench.http.get("/targets")).json() if t["service_code"] == SERVICE]
    assert [target["amount"] for target in listed] == [6.9, 3.0]
    longer = NEW | {"amount": 9, "effective_from": "2026-04-01"}
    assert (await bench.http.post(f"/targets/{SERVICE}", json=longer, headers=boss)).status_code == 422
    named = longer | {"approved_by": "general manager's office"}
    assert (await bench.http.post(f"/targets/{SERVICE}", json=named, headers=boss)).status_code == 201
    assert (await bench.http.post("/targets/nothing", json=NEW, headers=boss)).status_code == 404


@pytest.mark.requirement("SLA-07", "SLA-12")
async def test_what_is_said_is_the_target_that_holds_and_never_one_to_come(bench: Bench) -> None:
    boss, service = bench.token("supervisor"), "other"
    now = (await bench.http.get(f"/forecasts/{service}")).json()["target_words"]["en"]
    soon = NEW | {"amount": 1, "unit": "days", "effective_from": "2026-03-10"}
    assert (await bench.http.post(f"/targets/{service}", json=soon, headers=boss)).status_code == 201
    await bench.advance(2 * DAY)
    await bench.rebuild("sla")
    shown = (await bench.http.get(f"/forecasts/{service}")).json()
    assert (shown["target_words"]["en"], now in shown["words"]["en"]) == (now, True)
    early = NEW | {"amount": 2, "unit": "days", "effective_from": "2026-03-20"}
    refused = await bench.http.post(f"/targets/{service}", json=early, headers=boss)
    assert refused.status_code == 422, "it would be longer than the one that holds by then"
    await bench.advance(datetime(2026, 3, 10, 12, tzinfo=UTC) - bench.clock.now)
    after = (await bench.http.get(f"/forecasts/{service}")).json()
    assert after["target_words"]["en"].endswith("within 24 hours."), "nothing was closed, and it is said all the same"
    assert after["target_words"]["en"] in after["words"]["en"]


@pytest.mark.requirement("SLA-03", "OPS-09")
async def test_a_service_without_a_target_is_given_its_first_which_holds_from_its_day_on(bench: Bench) -> None:
    city = load_city(CITY)
    service = next(code for code, one in city.onboarding.items() if one.no_target)
    boss = bench.token("supervisor")
    taken = await bench.http.post(f"/targets/{service}", json=NEW, headers=boss)
    assert taken.status_code == 201, taken.text
    await bench.feed(created(1, service=service))
    assert due_of(bench, 1) is None, "it does not hold yet"
    assert (await bench.http.get(f"/forecasts/{service}")).json()["target_words"] == {}
    await bench.advance(datetime(2026, 3, 11, 17, tzinfo=UTC) - bench.clock.now)
    await bench.feed(created(2, bench.clock.now, service=service))
    assert due_of(bench, 2) == bench.clock.now + 3 * DAY
    assert (await bench.http.get(f"/forecasts/{service}")).json()["target_words"]["en"]
    (noted,) = await bench.rows("sla", "SELECT * FROM audit WHERE action = 'target.publish'")
    assert (noted["object"], noted["role"], noted["detail"]["before"]) == (service, "supervisor", None)


@pytest.mark.requirement("SLA-17")
async def test_first_responses_are_compared_with_their_target_and_none_that_was_due_is_late(bench: Bench) -> None:
    opened, by = NOW - 20 * DAY, NOW - 19 * DAY
    closed = {"closed_at": opened + 5 * DAY, "stage": 1}
    await clock(bench, 1, respond_by=by, responded_at=by - timedelta(hours=1), **closed)
    await clock(bench, 2, respond_by=by, responded_at=by + timedelta(hours=1), **closed)
    await clock(bench, 3, respond_by=by)  # nobody has responded
    await clock(bench, 4, respond_by=NOW + DAY)  # there is time left
    await clock(bench, 5, respond_by=by, closed_at=by - timedelta(hours=2), stage=1)  # withdrawn before it was due
    (line,) = (await bench.http.get("/performance?by=agency", headers=bench.token("agent"))).json()
    names = ("with_response_target", "responded_on_time", "responded_on_time_share", "response_overdue")
    assert [line[name] for name in names] == [3, 1, 0.3333, 1]
    assert line["unanswered_open"] == 2


@pytest.mark.requirement("SLA-17")
async def test_what_was_waited_for_is_told_apart_from_the_work(bench: Bench) -> None:
    opened = NOW - 20 * DAY
    assigned = {"assigned_at": opened + DAY, "stage": 1}
    await clock(bench, 1, closed_at=opened + 5 * DAY, waited=2 * 86_400, **assigned)
    await clock(bench, 2, closed_at=opened + 3 * DAY, **assigned)
    await clock(bench, 3, waited=8 * 86_400)  # open: what it waits is not known yet
    (line,) = (await bench.http.get("/performance?by=service", headers=bench.token("agent"))).json()
    assert (line["days_waiting"], line["days_of_work"]) == (1, 2)


@pytest.mark.requirement("SLA-03", "SLA-09")
async def test_an_agency_publishes_a_target_of_its_own_where_it_alone_does_the_work(bench: Bench) -> None:
    boss, (alone,) = bench.token("supervisor"), {rule.agency for rule in load_city(CITY).rules_by_service[SERVICE]}
    shared = {rule.agency for rule in load_city(CITY).rules_by_service["illegal-dumping"]}
    other = await bench.http.post(f"/targets/{SERVICE}", json=NEW | {"agency": "parks"}, headers=boss)
    assert (other.status_code, alone in other.json()["detail"]) == (422, True)
    both = await bench.http.post("/targets/illegal-dumping", json=NEW | {"agency": min(shared)}, headers=boss)
    assert (both.status_code, "before routing" in both.json()["detail"]) == (422, True)
    own = NEW | {"agency": alone, "signed": True}
    assert (await bench.http.post(f"/targets/{SERVICE}", json=own, headers=boss)).status_code == 201
    shown = [t for t in (await bench.http.get("/targets")).json() if t["service_code"] == SERVICE][-1]
    assert (shown["agency"], shown["signed"], shown["amount"]) == (alone, True, 3)
    await bench.feed(created(2))
    bench.clock.now = datetime(2026, 3, 11, 17, tzinfo=UTC)
    await bench.feed(created(1, bench.clock.now))
    assert due_of(bench, 1) == bench.clock.now + 3 * DAY
    signed = {one.request_id: one.signed for one in bench.events("request.promised", RequestPromised)}
    assert signed == {request_id(2): False, request_id(1): True}, "signed from the day on that it holds"
    rules = rules_of(load_city(CITY))
    rules.take_up([Target(service="illegal-dumping", agency=min(shared), due=Span(amount=1, unit="hours"), signed=True,
                          set_by="x", basis="agreed", effective_from=date(2026, 3, 1), source="x")])  # fmt: skip
    assert rules.target("illegal-dumping", date.max).due.unit == "days", "the work has been shared since"  # type: ignore[union-attr]


async def test_an_instance_learns_along_the_way_that_another_has_published(bench: Bench) -> None:
    await bench.rows(
        "sla",
        "INSERT INTO published_target (service_code, amount, unit, signed, set_by, effective_from, source,"
        " published_at) VALUES ($1, 2, 'days', true, 'the agency', '2026-03-01', 'a memo', now())",
        SERVICE,
    )
    await bench.feed(created(1))
    assert due_of(bench, 1) == NOW + 2 * DAY


@pytest.mark.requirement("SLA-07")
async def test_the_monthly_review_proposes_what_is_kept_already(bench: Bench) -> None:
    await bench.rows(
        "sla",
        "INSERT INTO closing_count (service_code, cohort, minutes, requests) VALUES ($1, '2026-02-01', 2880, 90)",
        SERVICE,
    )
    await bench.rows("sla", "UPDATE forecast SET closed = 90 WHERE service_code = $1", SERVICE)
    await bench.advance(datetime(2026, 3, 31, 12, tzinfo=UTC) - NOW)
    assert (await bench.http.get("/targets/reviews", headers=bench.token("supervisor"))).json() == []
    await bench.advance(DAY)
    (found,) = (await bench.http.get("/targets/reviews", headers=bench.token("supervisor"))).json()
    assert (found["service_code"], found["present"], found["amount"], found["unit"]) == (SERVICE, 6.9, 2, "days")


@pytest.mark.requirement("SLA-07")
async def test_a_dismissed_proposal_is_shown_with_its_reason_and_comes_back_with_other_numbers(bench: Bench) -> None:
    closings = (
        "INSERT INTO closing_count (service_code, cohort, minutes, requests)"
        " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
    )
    boss, why = bench.token("supervisor"), {"reason": "The crew is lent out in spring."}
    path = f"/targets/reviews/{SERVICE}/dismiss"
    assert (await bench.http.post(path, json=why, headers=boss)).status_code == 404
    await bench.rows("sla", closings, SERVICE, date(2026, 2, 1), 2880, 90)
    await bench.rows("sla", "UPDATE forecast SET closed = 90 WHERE service_code = $1", SERVICE)
    await bench.advance(datetime(2026, 4, 1, 12, tzinfo=UTC) - NOW)
    assert (await bench.http.post(path, json=why)).status_code == 403
    assert (await bench.http.post(path, json=why, headers=boss)).status_code == 200
    assert (await bench.http.post(path, json=why, headers=boss)).status_code == 409
    (noted,) = await bench.rows("sla", "SELECT * FROM audit WHERE action = 'target.dismiss'")
    assert (noted["object"], noted["role"], noted["detail"]["reason"]) == (SERVICE, "supervisor", why["reason"])
    await bench.advance(datetime(2026, 5, 1, 12, tzinfo=UTC) - bench.clock.now)
    (shown,) = (await bench.http.get("/targets/reviews", headers=boss)).json()
    assert (shown["reviewed_on"], shown["amount"], shown["reason"]) == ("2026-04-01", 2, why["reason"])
    assert shown["dismissed_by"] == "supervisor"
    await bench.rows("sla", closings, SERVICE, date(2026, 4, 1), 1440, 900)
    await bench.advance(datetime(2026, 6, 1, 12, tzinfo=UTC) - bench.clock.now)
    (again,) = (await bench.http.get("/targets/reviews", headers=boss)).json()
    assert (again["reviewed_on"], again["amount"], again["dismissed_at"]) == ("2026-06-01", 1, None)


@pytest.mark.requirement("SLA-09", "SLA-10", "SLA-18")
async def test_agencies_without_a_signature_are_flagged_and_their_requests_counted(bench: Bench) -> None:
    for number, agency in enumerate(("sanitation", "sanitation", "street-services", "")):
        await clock(bench, number, agency=agency)
    agreements = (await bench.http.get("/agreements")).json()
    assert all(one["feedback"]["covers"] and one["survey"]["asked_after"] and one["set_by"] for one in agreements)
    assert (await bench.http.get("/agreements/coverage")).status_code == 403
    found = (await bench.http.get("/agreements/coverage", headers=bench.token("analyst"))).json()
    assert found["agencies"] == len(found["unsigned_agencies"])
    assert (found["requests"], found["unsigned_share"]) == (4, 1.0)
    assert found["unsigned_by_agency"] == {"city-311": 1, "sanitation": 2, "street-services": 1}


def without_target(folder: Path) -> Path:
    """Copy the city, with a service for which its agency says why it has no target."""
    shutil.copytree(CITY, folder)
    for name, change in (("targets", _drop), ("onboarding", _excuse)):
        said = yaml.safe_load((folder / f"{name}.yaml").read_text())
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(change(said), allow_unicode=True))
    return folder


def _drop(said: dict[str, Any]) -> dict[str, Any]:
    return said | {"targets": [target for target in said["targets"] if target["service"] != SERVICE]}


def _excuse(said: dict[str, Any]) -> dict[str, Any]:
    why = {"no_target": {"en": "The season decides.", "es": "La temporada decide."}}
    return said | {"services": [one | (why if one["service"] == SERVICE else {}) for one in said["services"]]}


@pytest.mark.requirement("SLA-14", "SLA-12")
async def test_late_work_without_a_target_is_expected_anew_and_never_earlier(
    bench_factory: Callable[..., Awaitable[Bench]], tmp_path: Path
) -> None:
    bench = await bench_factory(build, Settings, now=NOW, city=without_target(tmp_path / "city"))
    await bench.feed(created(1))
    for days in (7, 7, 60):
        await bench.advance(days * DAY)
    promised: list[RequestPromised] = bench.events("request.promised", RequestPromised)
    expected = [one.expected_at for one in promised if one.expected_at]
    assert {one.due_at for one in promised} == {None}
    assert [one.reason for one in promised] == [None, "late", "late", "late"]
    assert len(expected) == 4
    assert expected == sorted(expected)
    assert expected[-1] > bench.clock.now
    assert all("now expected by" in one.words["en"] and "Ahora se espera" in one.words["es"] for one in promised[1:])
    assert bench.events("request.escalated", RequestEscalated) == [], "nobody has promised a day"
    assert await bench.rebuild("sla") == []


@pytest.mark.requirement("SLA-20", "SLA-12")
async def test_every_service_shows_an_expected_time_or_the_recorded_reason_for_none(
    bench_factory: Callable[..., Awaitable[Bench]], tmp_path: Path
) -> None:
    folder = without_target(tmp_path / "city")
    baselines = folder / "baselines.yaml"
    said = yaml.safe_load(baselines.read_text())
    said["baselines"] = [one for one in said["baselines"] if one["service"] != SERVICE]
    baselines.write_text(yaml.safe_dump(said, allow_unicode=True))
    bench = await bench_factory(build, Settings, now=NOW, city=folder)
    shown = {one["service_code"]: one for one in (await bench.http.get("/forecasts")).json()}
    city = load_city(folder)
    assert shown.keys() == city.services.keys(), "showing one is what happens by itself"
    silent_ones = {code for code, one in shown.items() if not (one["basis"]["days_80"] or one["target_words"])}
    assert silent_ones == {code for code, one in city.onboarding.items() if one.no_target}
    words = shown[SERVICE]["words"]
    assert "not yet available" in words["en"]
    assert words["en"].endswith("The season decides.")
    assert words["es"].endswith("La temporada decide.")
    other = Path(shutil.copytree(folder, tmp_path / "other"))
    silent = yaml.safe_load((other / "onboarding.yaml").read_text())
    silent["services"] = [{k: v for k, v in one.items() if k != "no_target"} for one in silent["services"]]
    (other / "onboarding.yaml").write_text(yaml.safe_dump(silent, allow_unicode=True))
    with pytest.raises(CityError, match="reason for having none"):
        load_city(other)


def agreement(**changes: Any) -> Agreement:
    facts: dict[str, Any] = {
        "agency": "sanitation", "version": 1, "signed": False, "effective_from": date(2026, 1, 1), "set_by": "x",
        "source": "x", "feedback": {"shared_every": Span(amount=7, unit="days"), "shared_with": "liaison",
                                    "covers": ("ratings",)},
    } | changes  # fmt: skip
    return Agreement(**facts)


@pytest.mark.requirement("SLA-09")
def test_the_newest_agreement_that_is_about_a_service_on_a_day_holds() -> None:
    city = load_city(CITY)
    signed = agreement(version=2, signed=True, signed_by="the bureau", signed_on=date(2026, 5, 1),
                       effective_from=date(2026, 6, 1), services=(SERVICE,))  # fmt: skip
    parts = {name: getattr(city, name) for name in City.__dataclass_fields__} | {"agreements": (agreement(), signed)}
    made = City(**parts)
    held = [made.agreement("sanitation", service, on) for service, on in (
        (SERVICE, date(2026, 5, 31)), (SERVICE, date(2026, 6, 1)), ("pothole-repair", date(2026, 6, 1)))]  # fmt: skip
    assert [one and one.signed for one in held] == [False, True, False]
    assert made.agreement("sanitation", SERVICE, date(2025, 1, 1)) is None
    assert rules_of(made).has_signed("sanitation", date(2026, 6, 1))
    with pytest.raises(ValidationError, match="names signed_by and signed_on"):
        agreement(signed=True)
    with pytest.raises(ValidationError, match="ends before it begins"):
        agreement(effective_until=date(2025, 1, 1))


def test_an_agency_that_alone_does_the_work_sets_the_target() -> None:
    city = load_city(CITY)
    assert {only_agency(city, service) for service in city.services} > {"sanitation"}
