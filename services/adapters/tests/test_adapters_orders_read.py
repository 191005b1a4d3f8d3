"""SAP's maintenance orders are read whole and told once: after a break, a rebuild, and by the daily comparison."""

from datetime import UTC, datetime, timedelta

import pytest
from orders_played import AGENCY, RELEASED, STARTED, put, read_again, reported, reports, shown
from systems_played import Systems, compared, eventually, handed, sent

from adapters.gateways.calling import Caller
from adapters.gateways.odata import OData
from adapters.gateways.sap_orders import ORDERS
from chassis.testing import Bench


@pytest.mark.requirement("INT-06", "INT-03")
async def test_read_again_from_the_beginning_or_after_a_rebuild_it_tells_nothing_twice(
    bench: Bench, systems: Systems
) -> None:
    numbers = await handed(bench, systems, AGENCY, 2)
    put(systems, "4000001", STARTED, *numbers.values())
    await reported(bench, "in_progress", "in_progress")
    before = {one.update_id for one in reports(bench)}
    async with bench.running["adapters"].database.transaction() as tx:
        await tx.sql("UPDATE watch SET cursor = '{}'")
    await read_again(bench)
    await reported(bench, "in_progress", "in_progress")
    assert await bench.rebuild("adapters") == []
    await read_again(bench)
    await reported(bench, "in_progress", "in_progress")
    await bench.rebuild("adapters", wiped=True)
    await sent(bench, 2)

    async def found() -> object:
        return [[one["number"] for one in on] for on in (await shown(bench)).values()] == [["4000001"], ["4000001"]]

    await eventually(found, "the order over both, read anew")
    assert {one.update_id for one in reports(bench)} == before, "a lost database gave its reports other names"


@pytest.mark.requirement("INT-03", "INT-06")
async def test_a_system_that_is_busy_is_read_again_and_says_so_meanwhile(bench: Bench, systems: Systems) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    systems.do(AGENCY, faults={"orders_busy": 1})

    async def troubled() -> object:
        found = (await bench.http.get("/watches", headers=bench.token("operator"))).json()
        return [one["problem"] for one in found if one["agency"] == AGENCY and one["problem"]]

    assert await eventually(troubled, "trouble in sight") == ["the system answered HTTP 503"]
    put(systems, "4000001", STARTED, numbers["T-1"])
    await bench.advance(timedelta(seconds=31))
    await reported(bench, "in_progress")
    assert not await troubled()


@pytest.mark.requirement("INT-03", "INT-06")
@pytest.mark.parametrize("same_moment", [False, True])
async def test_more_than_a_page_is_read_and_what_broke_off_goes_on_from_there(
    systems: Systems, *, same_moment: bool
) -> None:
    at = {"changed_at": "2026-03-02T10:00:00+00:00"} if same_moment else {}
    wanted = [f"5{nth:06}" for nth in range(35)]
    for number in wanted:
        systems.do(AGENCY, orders={number: at})
    odata = OData(f"{systems.url}/{AGENCY}/sap/opu/odata/sap", "RELAY311", "", Caller(allow_private=True))
    listing = ORDERS._replace(page=10)
    moment = datetime(2026, 3, 2, 10, tzinfo=UTC)
    few = await odata.changed(listing, "", moment, pages=3)
    assert few.is_whole is same_moment, "within one moment it must not stop, or it would never come further"
    systems.do(AGENCY, faults={"orders_busy": 3})
    broken = await odata.changed(listing, "", moment, pages=10)
    assert not broken.is_whole
    assert 10 <= len(broken.lines) < 35
    rest = await odata.changed(listing, "", broken.newest(), pages=10)
    assert rest.is_whole
    assert {line["MaintenanceOrder"] for line in (*broken.lines, *rest.lines)} == set(wanted)
    await odata.close()


@pytest.mark.requirement("INT-06")
async def test_an_order_that_nobody_has_changed_yet_is_read_when_its_notification_names_it(
    bench: Bench, systems: Systems
) -> None:
    numbers = await handed(bench, systems, AGENCY, 1)
    put(systems, "4000001", RELEASED, numbers["T-1"], changed_at="")
    await read_again(bench)
    assert reports(bench) == []
    systems.do(AGENCY, change={numbers["T-1"]: {"stage": "working", "job": "4000001"}})
    await reported(bench, "scheduled")


@pytest.mark.requirement("INT-06", "INT-12")
async def test_an_order_that_was_missed_and_one_that_went_on_unseen_are_found_and_mended(
    bench: Bench, systems: Systems
) -> None:
    numbers = await handed(bench, systems, AGENCY, 2)
    put(systems, "4000001", RELEASED, numbers["T-1"])
    await reported(bench, "scheduled")
    systems.do(AGENCY, change={numbers["T-2"]: {"note": "Seen."}})
    put(systems, "4000003", RELEASED, "9999999")  # of others: the cursor moves on with it
    await read_again(bench)
    hour = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="milliseconds")
    async with bench.running["adapters"].database.transaction() as tx:
        await tx.sql("UPDATE work_order SET status_at = $1", datetime.now(UTC) - timedelta(hours=2))
    put(systems, "4000001", STARTED, changed_at=hour)
    put(systems, "4000002", STARTED, numbers["T-2"], changed_at=hour)
    await read_again(bench)
    await reported(bench, "scheduled")
    bench.clock.now = datetime.now(UTC)
    report = await compared(bench, AGENCY)
    drifts = {(one["drift"], one["reference"], one["number"], one["ours"]) for one in report["findings"]}
    assert {("order_changed", "T-1", "4000001", "REL"), ("order_unknown", "T-2", "4000002", "not known")} <= drifts
    await reported(bench, "scheduled", "in_progress", nth=1)
    await reported(bench, "in_progress", nth=2)
    again = await compared(bench, AGENCY)
    assert [one for one in again["findings"] if "order" in one["drift"]] == []
