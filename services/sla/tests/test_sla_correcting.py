"""What a request was first said to be may be wrong: it is promised anew as what it is, whichever event comes first."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.intake import ClockPaused, ClockResumed, RequestUpdated, ServiceCorrected
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause
from sla.app import build
from sla.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_sla_handlers import DAY, NOW, Make, closed, created, facts, promises, request_id

OTHER, POTHOLE = facts("other"), facts("pothole-repair")


def corrected(sequence: int = 1) -> RequestUpdated:
    change = ServiceCorrected(before="other", service_code="pothole-repair")
    return RequestUpdated(request_id=request_id(), sequence=sequence, about=POTHOLE, change=change, by="system")


def read_as_a_pothole() -> RequestAssigned:
    return RequestAssigned(
        request_id=request_id(),
        sequence=1,
        about=POTHOLE,
        assignment_id=request_id(9),
        agency="street-services",
        queue="any",
        cause=AssignmentCause.READING,
        confidence=0.95,
        reason={"en": "Its words."},
        assigned_at=NOW,
    )


async def clocks(bench: Bench) -> list[Any]:
    columns = "service_code, due_at, at_risk_at, deadline_at, expected_at, revision, counted, closed_at"
    return [dict(row) for row in await bench.rows("sla", f"SELECT {columns} FROM clock ORDER BY revision DESC")]


@pytest.fixture
async def bench(bench_factory: Make) -> Bench:
    return await bench_factory(build, Settings, now=NOW)


@pytest.mark.requirement("SLA-01", "RTE-03")
async def test_a_corrected_request_has_the_target_and_forecast_of_what_it_is(bench: Bench) -> None:
    await bench.feed(created(about=OTHER))
    await bench.feed(created(2, about=POTHOLE))
    await bench.feed(corrected())
    (same,) = [one for one in promises(bench) if one.request_id == request_id(2)]
    first, anew = [one for one in promises(bench) if one.request_id == request_id()]
    assert anew.reason == "service_corrected"
    assert (anew.due_at, anew.expected_at, anew.words) == (same.due_at, same.expected_at, same.words)
    assert anew.due_at != first.due_at
    ours, like_it = await clocks(bench)
    assert ours | {"revision": 1} == like_it


@pytest.mark.requirement("SLA-14")
async def test_time_that_it_stood_still_stays_its_own(bench: Bench) -> None:
    await bench.feed(created(about=OTHER))
    for sequence, change in enumerate((ClockPaused(reason="awaiting-requester"), ClockResumed()), 1):
        update = RequestUpdated(request_id=request_id(), sequence=sequence, about=OTHER, change=change, by="system")
        await bench.feed(update)
        await bench.advance(DAY)
    await bench.feed(corrected(3))
    (clock,) = await clocks(bench)
    assert clock["service_code"] == "pothole-repair"
    assert clock["deadline_at"] - clock["due_at"] >= DAY


@pytest.mark.parametrize(
    "order", ["created, assigned, corrected", "assigned, created, corrected", "corrected, created"]
)
async def test_whatever_comes_first_its_clock_ends_up_the_same(bench: Bench, order: str) -> None:
    events = {"created": created(about=OTHER), "assigned": read_as_a_pothole(), "corrected": corrected()}
    await bench.feed(created(2, about=POTHOLE))
    for name in order.split(", "):
        await bench.feed(events[name])
    ours, like_it = await clocks(bench)
    assert ours | {"revision": 1} == like_it


async def test_what_it_teaches_when_closed_is_taught_of_what_it_is(bench: Bench) -> None:
    await bench.feed(created(about=OTHER))
    await bench.feed(closed(after=timedelta(days=2), about=POTHOLE))
    await bench.feed(corrected())  # told before the closing, heard after it: they travel on different topics
    counted = "SELECT service_code, sum(requests) AS n FROM closing_count GROUP BY 1 HAVING sum(requests) <> 0"
    assert [dict(row) for row in await bench.rows("sla", counted)] == [{"service_code": "pothole-repair", "n": 1}]
