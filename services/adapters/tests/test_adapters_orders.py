"""SAP's maintenance orders: how far the work is and when it is planned, many to many with requests."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from orders_played import (
    AGENCY,
    CALLED_OFF,
    DONE,
    LATER,
    RELEASED,
    START,
    STARTED,
    put,
    read_again,
    reported,
    reports,
    resolve,
    shown,
    waiting,
)
from systems_played import Systems, eventually, handed, notice, sent, tell

from adapters.app import build
from adapters.domain.news import News, OrderFacts
from adapters.handlers.desk import open_desk
from adapters.handlers.hearing import hear
from adapters.settings import Settings
from chassis.testing import Bench


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], systems: Systems) -> Bench:
    return await bench_factory(build, Settings, **systems.settings, city=systems.watchful_city)


@pytest.mark.requirement("INT-04", "INT-05", "INT-06", "INT-08")
async def test_an_order_tells_its_date_then_the_work_and_is_the_evidence_of_the_ending(
    bench: Bench, systems: Systems
) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", RELEASED, numbers["T-1"])
    (scheduled,) = await reported(bench, "scheduled")
    assert scheduled.scheduled_for == datetime.fromisoformat(START)
    put(systems, "4000001", RELEASED, start=LATER)
    assert (await reported(bench, "scheduled", "scheduled"))[1].scheduled_for == datetime.fromisoformat(LATER)
    put(systems, "4000001", STARTED)
    await reported(bench, "scheduled", "scheduled", "in_progress")
    put(systems, "4000001", DONE)
    await read_again(bench)
    await reported(bench, "scheduled", "scheduled", "in_progress")
    systems.do(AGENCY, change={numbers["T-1"]: {"stage": "done", "ended": True, "note": "All mended."}})
    done = (await reported(bench, "scheduled", "scheduled", "in_progress", "completed"))[-1]
    assert (done.disposition, done.text) == ("fixed", "All mended.")
    assert [(one.kind, one.reference) for one in done.evidence] == [("work_order", "4000001")]


@pytest.mark.requirement("INT-02", "INT-05")
async def test_every_field_of_an_order_that_says_something_arrives(bench: Bench, systems: Systems) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", RELEASED, numbers["T-1"], type="PM02")
    await reported(bench, "scheduled")
    (order,) = (await shown(bench))["T-1"]
    moments = {name: datetime.fromisoformat(order.pop(name)) for name in ("starts_at", "ends_at")}
    assert order == {"number": "4000001", "type": "PM02", "status": "REL"}
    assert moments == {"starts_at": datetime.fromisoformat(START), "ends_at": datetime.fromisoformat(LATER)}
    (record,) = systems.records(AGENCY)
    assert (record["stage"], record["job"]) == ("working", "4000001"), "SAP says so at the notification"


@pytest.mark.requirement("INT-04", "INT-06")
async def test_one_order_over_two_notifications_tells_both_and_one_that_joins_later(
    bench: Bench, systems: Systems
) -> None:
    numbers = await handed(bench, systems, AGENCY, 3)
    put(systems, "4000001", STARTED, numbers["T-1"], numbers["T-2"])
    await reported(bench, "in_progress", nth=1)
    await reported(bench, "in_progress", nth=2)
    put(systems, "4000001", STARTED, *numbers.values())
    await reported(bench, "in_progress", nth=3)
    assert len(reports(bench)) == 3, "those that knew it were told again"
    put(systems, "4000001", STARTED, numbers["T-2"], numbers["T-3"])

    async def let_go() -> object:
        return {name: [one["number"] for one in on] for name, on in (await shown(bench)).items()} == {
            "T-1": [], "T-2": ["4000001"], "T-3": ["4000001"]}  # fmt: skip

    await eventually(let_go, "the first taken off the order's list")


@pytest.mark.requirement("INT-04", "INT-06")
async def test_two_orders_for_one_notification_are_one_piece_of_work_and_it_ends_when_the_notification_does(
    bench: Bench, systems: Systems
) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", STARTED, numbers["T-1"])
    await reported(bench, "in_progress")
    put(systems, "4000002", RELEASED, numbers["T-1"], start=LATER)
    await read_again(bench)
    await reported(bench, "in_progress")  # a second order does not take back what the first has begun
    put(systems, "4000001", DONE)
    (_, second) = await reported(bench, "in_progress", "scheduled")
    assert second.scheduled_for == datetime.fromisoformat(LATER)
    put(systems, "4000002", STARTED)
    put(systems, "4000002", DONE)
    await read_again(bench)
    assert "completed" not in [one.kind for one in reports(bench)], "its orders ended it"
    systems.do(AGENCY, change={numbers["T-1"]: {"stage": "done", "ended": True}})

    async def ended() -> object:
        return [one for one in reports(bench) if one.kind == "completed"]

    (done,) = await eventually(ended, "the ending")
    assert [one.reference for one in done.evidence] == ["4000001", "4000002"]


@pytest.mark.requirement("INT-04", "CLO-01")
async def test_work_that_is_called_off_ends_nothing_and_is_told_in_words(bench: Bench, systems: Systems) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", RELEASED, numbers["T-1"])
    await reported(bench, "scheduled")
    put(systems, "4000001", CALLED_OFF)
    told = (await reported(bench, "scheduled", "message"))[-1]
    assert "called off" in (told.text or "")
    put(systems, "4000001", f"{CALLED_OFF} SETC")
    await read_again(bench)
    await reported(bench, "scheduled", "message")
    put(systems, "4000002", RELEASED, numbers["T-1"])
    await reported(bench, "scheduled", "message", "scheduled")
    (row,) = await bench.rows("adapters", "SELECT is_open FROM handover")
    assert row["is_open"]


@pytest.mark.requirement("CLO-02")
async def test_work_called_off_together_with_its_record_is_told_by_the_ending_alone(
    bench: Bench, systems: Systems
) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", RELEASED, numbers["T-1"])
    await reported(bench, "scheduled")
    now, number = datetime.now(UTC), numbers["T-1"]
    order = News("n-1", CALLED_OFF, now, order_number="4000001", order=OrderFacts("PM01", (number,)))
    ended = News("n-2", "DLFL", now + timedelta(seconds=5), number=number, reason="CANNOT")
    async with bench.running["adapters"].database.transaction() as tx:
        await hear(tx, AGENCY, [(order, None), (ended, None)], open_desk(Settings(database_url="none")))
    assert (await reported(bench, "scheduled", "cannot_complete"))[-1].disposition == "unable_to_act"


@pytest.mark.requirement("CLO-01", "CLO-02")
async def test_what_is_completed_without_work_waits_until_a_person_says_how_it_ended(
    bench: Bench, systems: Systems
) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", CALLED_OFF, numbers["T-1"])
    await reported(bench, "message")
    systems.do(AGENCY, change={numbers["T-1"]: {"stage": "done", "ended": True}})
    found = await waiting(bench, "outcome")
    assert found["code"] == f"of {numbers['T-1']}"
    said = {"disposition": "no_issue_found", "explanation": {"en": "It was dry.", "es": "Estaba seco."}}
    await resolve(bench, found, said)
    ended = (await reported(bench, "message", "cannot_complete"))[-1]
    assert (ended.disposition, ended.explanation) == ("no_issue_found", said["explanation"])


@pytest.mark.requirement("INT-06")
@pytest.mark.parametrize(
    ("kind", "code", "more", "means", "wrong"),
    [
        ("order_status", "ODD", {"status": "REL  ODD"}, {"means": "in_progress"}, {"means": "completed"}),
        ("order_type", "ZX99", {"status": STARTED, "type": "ZX99"}, "work", "yes"),
    ],
)
async def test_a_status_or_type_that_nobody_knows_waits_in_sight(
    bench: Bench, systems: Systems, kind: str, code: str, more: dict[str, Any], means: Any, wrong: Any
) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", **{"status": RELEASED, **more, "notifications": [numbers["T-1"]]})
    found = await waiting(bench, kind)
    assert (found["code"], found["reference"]) == (code, "T-1")
    assert reports(bench) == [], "it went through"
    await resolve(bench, found, wrong, 422)
    await resolve(bench, found, means)
    await reported(bench, "in_progress")


@pytest.mark.requirement("INT-06")
async def test_orders_of_others_and_of_no_work_for_residents_say_nothing(bench: Bench, systems: Systems) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000008", "ODD", "9999999")
    put(systems, "4000009", STARTED, numbers["T-1"], type="PM04")
    await read_again(bench)
    await read_again(bench)
    assert reports(bench) == []
    assert (await bench.http.get("/exceptions", headers=bench.token("supervisor"))).json() == []


@pytest.mark.requirement("INT-06")
async def test_a_request_that_comes_again_is_planned_anew(bench: Bench, systems: Systems) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", STARTED, numbers["T-1"])
    await reported(bench, "in_progress")
    systems.do(AGENCY, change={numbers["T-1"]: {"stage": "done", "ended": True}})
    await reported(bench, "in_progress", "completed")
    await tell(bench, AGENCY, notice(AGENCY, "reopened", 2, nth=2, request_id=UUID(int=1)))
    await sent(bench, 2)
    again = next(one["number"] for one in systems.records(AGENCY) if one["reference"] == "T-1/2")
    put(systems, "4000002", STARTED, again)
    last = (await reported(bench, "in_progress", "completed", "in_progress"))[-1]
    assert last.assignment_id == notice(AGENCY, nth=2, request_id=UUID(int=1)).assignment_id
