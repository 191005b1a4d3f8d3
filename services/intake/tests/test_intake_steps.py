"""Steps that a city takes by itself, as its data says, and never where somebody was quicker."""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from chassis.testing import Bench
from contracts.intake import RequestUpdated
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_intake_endings import new_life
from test_intake_workdesk import Crew

BenchFactory = Callable[..., Awaitable[Bench]]
CITIES = Path(__file__).parents[3] / "cities"
WATER = "transportation-storm-water"


@pytest.mark.requirement("STA-01", "STA-05", "STA-10", "RTE-24")
async def test_acknowledging_assigning_and_scheduling_are_data(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings, city=CITIES / "san-diego")
    life = await new_life(bench, "storm-drain")
    mine = await life.assign(WATER)
    await bench.advance(timedelta(minutes=1))
    await bench.advance(timedelta(minutes=1))
    assert life.kinds() == ["accepted", "message", "scheduled"]
    taken, said, booked = [event.change for event in bench.events("request.updated", RequestUpdated)]
    assert (taken.step, said.to, booked.step) == ("drains-taken", "requester", "drains-day")
    assert str(booked.scheduled_for) == "2026-03-05 16:00:00+00:00"  # Thursday, eight in the city
    assert {event.by for event in bench.events("request.updated", RequestUpdated)} == {"system"}
    item = await Crew(bench, WATER).looks(f"/desk/assignments/{mine}")
    assert (item["crew"], item["substatus"]) == ("drains", "scheduled")
    assert await bench.rebuild("intake") == []


@pytest.mark.requirement("STA-01", "CLO-09")
async def test_reminders_come_as_often_as_the_city_says_and_stop_with_the_answer(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings, city=CITIES / "los-angeles")
    asked, silent = await new_life(bench), await new_life(bench)
    for life in (asked, silent):
        await life.says(await life.assign(), "needs_information", text="Which pole is it?")

    def reminders(life: object) -> int:
        updates = bench.events("request.updated", RequestUpdated)
        mine = [e.change for e in updates if e.request_id == life.created.request_id and e.by == "system"]
        return sum(change.kind == "message" and change.to == "requester" for change in mine)

    await bench.advance(timedelta(hours=71))
    assert (reminders(asked), reminders(silent)) == (0, 0)
    await bench.advance(timedelta(hours=2))
    assert (reminders(asked), reminders(silent)) == (1, 1)
    await asked.post("messages", {"text": "The one at the corner."})
    for _ in range(8):
        await bench.advance(timedelta(days=7, hours=1))
    assert (reminders(asked), reminders(silent)) == (1, 3)
    assert silent.closings() == []


@pytest.mark.requirement("STA-01")
async def test_a_step_is_left_out_where_somebody_was_quicker(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings)
    slow, quick = await new_life(bench, "tree-emergency"), await new_life(bench, "tree-emergency")
    await slow.assign("street-services")
    await quick.says(await quick.assign("street-services"), "accepted", agency="street-services")
    await bench.advance(timedelta(hours=5))
    told = [e for e in bench.events("request.updated", RequestUpdated) if e.by == "system"]
    assert [(e.request_id, e.change.to) for e in told] == [(slow.created.request_id, "agency")]
