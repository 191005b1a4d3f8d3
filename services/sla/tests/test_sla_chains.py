"""Whose chain is told: every agency's begins at its own first level, whatever the one before it was told."""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chassis.testing import Bench
from contracts.sla import RequestEscalated
from contracts.vocabulary import AssignmentCause
from sla.app import build
from sla.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_sla_handlers import NOW, Make, alarms, assigned, closed, created, promises

HOUR = timedelta(hours=1)


@pytest.fixture
async def bench(bench_factory: Make) -> Bench:
    """Let a request be promised, and sanitation have it."""
    bench: Bench = await bench_factory(build, Settings, now=NOW)
    await bench.feed(created())
    await bench.feed(assigned("sanitation"))
    return bench


def due(bench: Bench) -> datetime:
    due_at: datetime | None = promises(bench)[0].due_at
    assert due_at is not None
    return due_at


async def refer(bench: Bench, agency: str, sequence: int) -> None:
    await bench.feed(assigned(agency, sequence, AssignmentCause.REFERRAL, at=bench.clock.now), at=bench.clock.now)


@pytest.mark.requirement("SLA-16")
async def test_late_work_that_is_handed_on_is_one_broken_promise_and_its_reminders_follow_the_new_chain(
    bench: Bench,
) -> None:
    await bench.advance(due(bench) - NOW + 80 * HOUR)
    assert alarms(bench) == [("at_risk", 1, "sanitation"), ("breached", 2, "sanitation"), ("breached", 3, "sanitation")]
    await refer(bench, "street-services", 2)
    await bench.advance(HOUR)
    assert alarms(bench)[3:] == [("breached", 2, "street-services")], "what is late is not at risk; nobody is skipped"
    await bench.advance(70 * HOUR)
    assert len(alarms(bench)) == 4, "its hours count from when it had the request"
    await bench.advance(2 * HOUR)
    assert alarms(bench)[4:] == [("breached", 3, "street-services")]
    late = [e for e in bench.events("request.escalated", RequestEscalated) if e.kind == "breached"]
    assert {e.due_at for e in late} == {due(bench)}, "one broken promise, by which its resident hears of it once"
    assert await bench.rebuild("sla") == []
    await bench.advance(timedelta(days=8))
    assert alarms(bench)[5:] == [("breached", 3, "street-services")], "reminded, as its own chain says"
    assert await bench.rebuild("sla") == []


@pytest.mark.requirement("SLA-16")
async def test_an_agency_that_is_given_work_at_risk_is_told_so_itself(bench: Bench) -> None:
    await bench.advance(due(bench) - NOW - HOUR)
    await refer(bench, "street-services", 2)
    await bench.advance(timedelta(minutes=30))
    assert alarms(bench) == [("at_risk", 1, "sanitation"), ("at_risk", 1, "street-services")]
    await bench.advance(HOUR)
    assert alarms(bench)[2:] == [("breached", 2, "street-services")]
    assert await bench.rebuild("sla") == []


@pytest.mark.requirement("SLA-16")
async def test_a_breach_that_one_agency_was_told_is_not_told_another_by_the_closing(bench: Bench) -> None:
    await bench.advance(due(bench) - NOW + HOUR)
    told = alarms(bench)
    await refer(bench, "street-services", 2)
    await bench.feed(closed(after=bench.clock.now - NOW), at=bench.clock.now)
    await bench.advance(timedelta(days=30))
    assert alarms(bench) == told
    assert await bench.rebuild("sla") == []
