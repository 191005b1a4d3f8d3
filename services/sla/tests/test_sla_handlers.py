"""One request's clock on a real database: promised, paused, late, closed, reopened, whatever the order of arrival."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.ids import derived_uuid
from chassis.testing import Bench
from contracts.city import load_city
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import (
    ClockPaused,
    ClockResumed,
    DuplicateLinked,
    DuplicateUnlinked,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
    SubstatusChanged,
)
from contracts.routing import RequestAssigned
from contracts.sla import ForecastPublished, RequestEscalated, RequestPromised
from contracts.vocabulary import AssignmentCause, Clock, Disposition, EscalationKind, Operator, Substatus
from sla.app import build
from sla.domain.rules import rules_of
from sla.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CITY = Path(__file__).parents[3] / "cities" / "los-angeles"
Make = Callable[..., Awaitable[Bench]]


def request_id(number: int = 1) -> UUID:
    return derived_uuid("sla test", number)


def facts(service: str = "graffiti-removal", opened_at: datetime = NOW, clock: Clock = Clock.WALL) -> RequestFacts:
    return RequestFacts(
        tracking_number="7KQ2-9MXA-4TBC-R", service_code=service, opened_at=opened_at, clock=clock, contact_refs=("c1",)
    )


def created(number: int = 1, about: RequestFacts | None = None) -> RequestCreated:
    place = Place(latitude=34.05, longitude=-118.24)
    return RequestCreated(
        request_id=request_id(number), sequence=1, about=about or facts(), place=place, operator=Operator.CITY_311
    )


def assigned(
    agency: str, sequence: int = 1, cause: AssignmentCause = AssignmentCause.RULE, at: datetime = NOW
) -> RequestAssigned:
    return RequestAssigned(
        request_id=request_id(),
        sequence=sequence,
        about=facts(),
        assignment_id=derived_uuid("assignment", sequence),
        agency=agency,
        queue="any",
        cause=cause,
        confidence=1,
        reason={"en": "A rule."},
        assigned_at=at,
    )


def updated(sequence: int, change: Any) -> RequestUpdated:
    return RequestUpdated(
        request_id=request_id(), sequence=sequence, about=facts(), change=change, by="agency:sanitation"
    )


def closed(
    number: int = 1,
    after: timedelta = DAY,
    disposition: Disposition = Disposition.FIXED,
    about: RequestFacts | None = None,
    reopen_count: int = 0,
) -> RequestClosed:
    about = about or facts()
    return RequestClosed(
        request_id=request_id(number),
        sequence=reopen_count + 1,
        about=about,
        closure_id=derived_uuid("closure", number, reopen_count),
        disposition=disposition,
        explanation={"en": "Done."},
        closed_at=about.opened_at + after,
        closed_by="agency:sanitation",
        agencies=("sanitation",),
        reopen_count=reopen_count,
    )


def reopened(count: int = 1, at: datetime = NOW + 2 * DAY) -> RequestReopened:
    return RequestReopened(
        request_id=request_id(),
        sequence=count,
        about=facts(),
        closure_id=derived_uuid("closure", 1, count - 1),
        reopen_count=count,
        reopened_at=at,
    )


@pytest.fixture
async def bench(bench_factory: Make) -> Bench:
    return await bench_factory(build, Settings, now=NOW)


def promises(bench: Bench) -> list[RequestPromised]:
    return bench.events("request.promised", RequestPromised)


def alarms(bench: Bench) -> list[tuple[str, int, str | None]]:
    return [(e.kind.value, e.level, e.agency) for e in bench.events("request.escalated", RequestEscalated)]


@pytest.mark.requirement("SLA-01", "SLA-05", "SLA-06", "SLA-12")
async def test_no_service_is_silent_when_the_platform_starts(bench: Bench) -> None:
    await bench.quiet()
    found = {e.service_code: e for e in bench.events("forecast.published", ForecastPublished)}
    assert found.keys() == load_city(bench.running["sla"].service.settings.city).services.keys()
    assert all(event.words["en"] and event.words["es"] for event in found.values())
    assert found["graffiti-removal"].basis.days_80 == 6.9
    assert found["graffiti-removal"].basis.source == "historic_closure"
    assert found["dockless-mobility"].words["en"].endswith("within 3 hours.")
    assert "239 days (about 8 months)" in found["park-repairs"].words["en"]
    thin = next(event for event in found.values() if event.basis.method == "target")
    assert "not yet available" in thin.words["en"]
    assert "target is within" in thin.words["en"]


@pytest.mark.requirement("SLA-04", "SLA-13")
async def test_a_new_request_is_promised_a_target_and_a_forecast(bench: Bench) -> None:
    await bench.feed(created())
    (promise,) = promises(bench)
    assert promise.revision == 1
    assert promise.expected_at == NOW + timedelta(days=6.9)
    assert promise.due_at is not None
    assert promise.words["en"].startswith("8 of 10 requests")
    await bench.feed(created())  # published again without words
    assert len(promises(bench)) == 1


@pytest.mark.requirement("SLA-12")
async def test_where_nothing_is_known_the_promise_names_the_day_it_is_due(bench: Bench) -> None:
    await bench.feed(created(about=facts(service="other")))
    (promise,) = promises(bench)
    assert promise.expected_at is None
    assert promise.due_at is not None
    assert "not yet available" in promise.words["en"]
    assert "March" in promise.words["en"]
    assert "marzo" in promise.words["es"]


@pytest.mark.requirement("SLA-15", "SLA-16")
async def test_the_chain_of_the_agency_is_told_level_by_level(bench: Bench) -> None:
    await bench.feed(created())
    await bench.feed(assigned("sanitation"))
    due_at = promises(bench)[0].due_at
    assert due_at is not None
    await bench.advance(due_at - NOW - timedelta(hours=1))
    assert alarms(bench) == [("at_risk", 1, "sanitation")]
    await bench.advance(timedelta(hours=2))
    assert alarms(bench)[1:] == [("breached", 2, "sanitation")]
    await bench.advance(timedelta(hours=72))
    assert alarms(bench)[2:] == [("breached", 3, "sanitation")]
    await bench.advance(timedelta(days=7))
    await bench.advance(timedelta(days=365))
    told = bench.events("request.escalated", RequestEscalated)
    assert [e.sequence for e in told] == [1, 2, 3, 4, 5]
    assert [e.reminder for e in told] == [0, 0, 0, 1, 53], "weeks that were slept through are one reminder"
    assert {e.title["es"] for e in told[2:]} == {"Oficina de la dirección general"}


@pytest.mark.requirement("SLA-15")
async def test_a_closed_request_alarms_nobody(bench: Bench) -> None:
    await bench.feed(created())
    await bench.feed(closed())
    await bench.advance(timedelta(days=400))
    assert alarms(bench) == []
    assert await bench.rows("sla", "SELECT * FROM due WHERE kind <> 'sla.daily'") == []


@pytest.mark.requirement("SLA-14")
async def test_a_pause_for_a_listed_reason_moves_the_deadline_but_not_the_promise(bench: Bench) -> None:
    await bench.feed(created())
    due_at = promises(bench)[0].due_at
    assert due_at is not None
    await bench.feed(updated(1, ClockPaused(reason="somebody-is-tired")))
    await bench.feed(updated(2, ClockPaused(reason="awaiting_requester")))
    waiting = promises(bench)[-1]
    assert (waiting.reason, waiting.pause_reason, waiting.expected_at) == ("paused", "awaiting-requester", None)
    assert (waiting.paused_at, waiting.deadline_at) == (NOW, due_at)
    assert waiting.words["en"].startswith("The agency waits for an answer from you.")
    assert (await bench.http.get(f"/promises/{request_id()}")).json()["expected_at"] is None
    await bench.advance(timedelta(days=30))
    assert alarms(bench) == []
    await bench.feed(updated(3, ClockResumed()))
    _, _, revised = promises(bench)
    assert (revised.reason, revised.due_at, revised.paused_at) == ("resumed", due_at, None)
    assert revised.expected_at == NOW + timedelta(days=36.9)
    assert revised.deadline_at == due_at + timedelta(days=30)
    assert revised.reason_words["es"] == "El trabajo tuvo que esperar y ahora continúa."
    assert "target is" in revised.words["en"], "the moved day of the target is told too"
    assert "expected by" in revised.words["en"]
    await bench.advance(due_at - NOW - timedelta(hours=1))
    assert [kind for kind, *_ in alarms(bench)] == ["at_risk"]
    await bench.advance(timedelta(hours=2))
    assert [kind for kind, *_ in alarms(bench)] == ["at_risk", "breached"]


@pytest.mark.requirement("SLA-14")
async def test_an_appointment_and_a_referral_revise_the_forecast_and_keep_the_target(bench: Bench) -> None:
    await bench.feed(created())
    await bench.feed(updated(1, SubstatusChanged(substatus=Substatus.SCHEDULED, scheduled_for=NOW + 3 * DAY)))
    await bench.feed(assigned("street-services", 2, AssignmentCause.REFERRAL, at=NOW + 5 * DAY))
    first, scheduled, referred = promises(bench)
    assert (scheduled.reason, scheduled.expected_at) == ("scheduled", NOW + 3 * DAY)
    assert (referred.reason, referred.expected_at) == ("referred", NOW + 5 * DAY + timedelta(days=6.9))
    assert first.due_at == scheduled.due_at == referred.due_at
    assert [promise.sequence for promise in (first, scheduled, referred)] == [1, 2, 3]


@pytest.mark.requirement("SLA-14")
async def test_where_nothing_is_forecast_a_wait_and_the_moved_day_of_the_target_are_told_all_the_same(
    bench: Bench,
) -> None:
    await bench.feed(created(about=facts(service="other")))
    await bench.feed(updated(1, ClockPaused(reason="weather")))
    await bench.advance(10 * DAY)
    await bench.feed(updated(2, ClockResumed()))
    first, waiting, again = promises(bench)
    assert "no day" in waiting.words["en"]
    assert first.due_at is not None
    assert again.deadline_at is not None
    assert again.deadline_at > first.due_at == again.due_at
    assert (again.expected_at, again.pause_reason) == (None, "weather")
    assert "target is March" in again.words["en"]


@pytest.mark.requirement("SLA-16")
async def test_after_a_referral_the_new_agencys_chain_starts_at_its_own_first_role_in_a_rebuild_too(
    bench: Bench,
) -> None:
    await bench.feed(created())
    await bench.feed(assigned("sanitation"))
    due_at = promises(bench)[0].due_at
    assert due_at is not None
    await bench.advance(due_at - NOW + timedelta(hours=73))
    assert [(kind, level) for kind, level, _ in alarms(bench)] == [("at_risk", 1), ("breached", 2), ("breached", 3)]
    handed_on = bench.clock.now
    await bench.feed(assigned("street-services", 2, AssignmentCause.REFERRAL, at=handed_on))
    await bench.advance(timedelta(minutes=1))
    chain = rules_of(load_city(CITY)).chain("street-services").levels_of[EscalationKind.BREACHED]
    assert alarms(bench)[3:] == [("breached", chain[0].level, "street-services")], "late already, so never at risk"
    assert await bench.rebuild("sla", wiped=True) == []
    assert len(alarms(bench)) == 4
    await bench.advance(timedelta(hours=chain[1].after_hours + 1))
    assert alarms(bench)[4:] == [("breached", chain[1].level, "street-services")], "its hours begin with it"
    assert await bench.rebuild("sla") == []


@pytest.mark.requirement("SLA-15")
async def test_a_closing_heard_again_writes_no_clock_once_more(bench: Bench) -> None:
    await bench.feed(created())
    await bench.feed(closed())
    written = "SELECT xmin::text, ctid::text FROM clock"
    before = await bench.rows("sla", written)
    await bench.feed(closed(), source="told again")
    assert await bench.rows("sla", written) == before


@pytest.mark.requirement("SLA-15")
async def test_a_reopened_request_keeps_its_first_start_and_its_target(bench: Bench) -> None:
    await bench.feed(created())
    await bench.feed(closed())
    await bench.advance(2 * DAY)
    await bench.feed(reopened())
    first, again = promises(bench)
    assert (again.reason, again.due_at) == ("reopened", first.due_at)
    counts = await bench.rows("sla", "SELECT sum(requests) AS n FROM closing_count")
    assert counts[0]["n"] == 0
    await bench.advance(timedelta(days=60))
    assert alarms(bench)[0][0] == "at_risk"
    await bench.feed(closed(after=timedelta(days=63), reopen_count=1))
    kept = await bench.rows("sla", "SELECT minutes, requests FROM closing_count WHERE requests > 0")
    assert [(row["minutes"], row["requests"]) for row in kept] == [(63 * 1440, 1)]


@pytest.mark.requirement("SLA-15")
async def test_the_order_of_arrival_across_topics_changes_nothing(bench: Bench) -> None:
    await bench.feed(closed(after=2 * DAY, reopen_count=1))
    await bench.feed(reopened())
    await bench.feed(closed())
    await bench.feed(assigned("sanitation"))
    await bench.feed(created())
    (promise,) = promises(bench)
    assert promise.revision == 1
    shown = (await bench.http.get(f"/promises/{request_id()}")).json()
    assert shown["closed_at"] == "2026-03-04T17:00:00Z"
    assert (shown["agency"], shown["on_time"]) == ("sanitation", True)
    await bench.advance(timedelta(days=400))
    assert alarms(bench) == []


@pytest.mark.requirement("SLA-15")
async def test_imported_history_breaches_at_its_own_time_and_never_by_wall_time(bench: Bench) -> None:
    then = datetime(2017, 5, 1, 9, tzinfo=UTC)
    about = facts(opened_at=then, clock=Clock.EVENT)
    await bench.feed(created(about=about), at=then, clock="event")
    await bench.advance(timedelta(days=400))
    assert alarms(bench) == []
    await bench.feed(closed(after=timedelta(days=50), about=about), at=then + timedelta(days=50), clock="event")
    assert alarms(bench) == [("breached", 2, "sanitation")]
    (envelope,) = bench.published("request.escalated")
    (alarm,) = bench.events("request.escalated", RequestEscalated)
    assert envelope.time == alarm.due_at < then + timedelta(days=50)
    assert envelope.clock == "event"


@pytest.mark.requirement("SLA-04")
async def test_thirty_closings_replace_the_printed_figure_and_duplicates_do_not_count(bench: Bench) -> None:
    for number in range(29):
        await bench.feed(closed(number, after=timedelta(hours=1 + number)))
    await bench.feed(closed(100, disposition=Disposition.DUPLICATE))
    await bench.feed(closed(101, disposition=Disposition.CANCELLED_BY_REQUESTER))
    before = (await bench.http.get("/forecasts/graffiti-removal")).json()
    assert before["basis"]["method"] == "baseline"
    await bench.feed(closed(29, after=timedelta(hours=30)))
    after = (await bench.http.get("/forecasts/graffiti-removal")).json()
    assert after["basis"] == {"method": "history", "sample_size": 30, "days_80": 1.0,
                              "source": "closed_requests", "area": "*"}  # fmt: skip
    assert after["words"]["en"].endswith("within 24 hours.")
    published = bench.events("forecast.published", ForecastPublished)
    assert [e.version for e in published if e.service_code == "graffiti-removal"] == [1, 2]
    await bench.feed(created(200))
    promise = promises(bench)[-1]
    assert promise.earliest_at is not None
    assert promise.latest_at is not None
    assert promise.earliest_at < promise.expected_at < promise.latest_at


@pytest.mark.requirement("SLA-03", "SLA-08", "SLA-11")
async def test_what_is_told_over_http(bench: Bench) -> None:
    await bench.feed(created())
    await bench.feed(closed())
    targets = (await bench.http.get("/targets")).json()
    assert all(target["set_by"] and target["source"] and target["effective_from"] for target in targets)
    assert (await bench.http.get("/performance")).status_code == 403
    (line,) = (await bench.http.get("/performance", headers=bench.token("agent"))).json()
    assert (line["closed"], line["on_time"], line["within_forecast"]) == (1, 1, 1)
    assert (await bench.http.get("/forecasts/nothing-known")).status_code == 404
    assert (await bench.http.get(f"/promises/{request_id(9)}")).status_code == 404


@pytest.mark.requirement("DUP-05", "SLA-12")
async def test_the_clock_of_a_request_that_follows_another_stands_still_and_teaches_nothing(bench: Bench) -> None:
    await bench.feed(created())
    await bench.feed(updated(1, DuplicateLinked(parent_request_id=request_id(2))))
    await bench.advance(timedelta(days=60))
    await bench.feed(closed(after=timedelta(days=60)))
    assert alarms(bench) == []
    assert await bench.rows("sla", "SELECT 1 FROM closing_count WHERE requests > 0") == []


@pytest.mark.requirement("DUP-05")
async def test_the_clock_of_a_request_that_stands_alone_again_runs_on(bench: Bench) -> None:
    await bench.feed(created())
    await bench.feed(updated(1, DuplicateLinked(parent_request_id=request_id(2))))
    await bench.advance(timedelta(days=30))
    await bench.feed(updated(2, DuplicateUnlinked(parent_request_id=request_id(2))))
    due_at = promises(bench)[0].due_at
    assert due_at is not None
    await bench.advance(due_at - NOW + timedelta(hours=1))
    assert [kind for kind, *_ in alarms(bench)] == ["at_risk", "breached"]
