"""Both sides compared and mended; work orders and requests many to many; files whole or not; rebuilt from the log."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from systems_played import SERVICES, Systems, compared, eventually, handed, notice, sent, tell

from adapters.app import build
from adapters.handlers.reconciling import next_at
from adapters.settings import Settings
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.topics import inbox, outbox


@pytest.fixture
async def patient_bench(bench_factory: Callable[..., Awaitable[Bench]], systems: Systems) -> Bench:
    """Run adapters that look at systems by themselves once an hour: what is found is found by comparing."""
    return await bench_factory(build, Settings, **systems.settings, city=systems.patient_city)


@pytest.mark.requirement("INT-01", "INT-12")
@pytest.mark.parametrize("agency", ["housing", "water-and-power", "engineering", "fire"])
async def test_drift_is_found_and_repaired(bench: Bench, systems: Systems, agency: str) -> None:
    numbers = await handed(bench, systems, agency, 4)
    await bench.advance(timedelta(minutes=10))
    systems.do(agency, forget=[numbers["T-1"]])  # it never arrived, as far as they know
    # Told to nobody: as if the call was missed, or the file was never written.
    systems.do(agency, tell=False, change={numbers["T-2"]: {"stage": "done", "ended": True, "job": "WO-2"}})
    await tell(bench, agency, notice(agency, "closed", 2, request_id=UUID(int=3), tracking_number="T-3"))
    await sent(bench, 5)
    systems.do(agency, tell=False, change={numbers["T-3"]: {"stage": "working", "ended": False}})
    if agency == "fire":
        systems.do(agency, snapshot=True)
    report = await compared(bench, agency)
    drifts = {one["reference"]: one["drift"] for one in report["findings"]}
    # A system that is watched may tell of the ending before it is compared.
    assert drifts["T-1"] == "never_arrived"
    assert drifts.get("T-2", "closed_there") == "closed_there"
    assert drifts["T-3"] == "closed_here"

    async def mended() -> object:
        closed = [one for one in bench.events(outbox(agency), AgencyReport) if one.kind == "completed"]
        there = {one["reference"] for one in systems.records(agency)}
        return "T-1" in there and [one.request_id for one in closed] == [UUID(int=2)]

    await eventually(mended, "the repair")


@pytest.mark.requirement("INT-12")
@pytest.mark.parametrize("agency", SERVICES)
async def test_a_lost_number_and_a_missed_step_are_mended_and_a_stranger_is_told(
    patient_bench: Bench, systems: Systems, agency: str
) -> None:
    bench = patient_bench
    numbers = await handed(bench, systems, agency, 3)
    await bench.advance(timedelta(minutes=10))
    async with bench.running["adapters"].database.transaction() as tx:
        await tx.sql("UPDATE handover SET number = NULL WHERE reference = 'T-1'")
    systems.do(agency, tell=False, change={numbers["T-2"]: {"stage": "working"}})
    foreign: dict[str, Any] = {"reference": "OTHER-1", "number": "X-9"}
    if agency == "water-and-power":
        foreign["told"] = {"description": "Of somebody else."}
    systems.do(agency, tell=False, change={numbers["T-3"]: foreign})
    if agency == "fire":
        systems.do(agency, snapshot=True)
    report = await compared(bench, agency)
    drifts = {(one["drift"], one["reference"] or one["number"]) for one in report["findings"]}
    assert drifts & {("unlinked", "T-1"), ("missed_update", "T-1")}, drifts
    assert drifts & {("strange", "OTHER-1"), ("strange", "X-9")}, drifts
    assert ("never_arrived", "T-3") in drifts

    async def mended() -> object:
        rows = await bench.rows("adapters", "SELECT number, status FROM handover WHERE reference <> 'T-3'")
        return all(row["number"] for row in rows) and any(row["status"] not in {None, "received"} for row in rows)

    await eventually(mended, "number and step")


async def test_the_comparison_is_made_every_day_by_itself(bench: Bench, systems: Systems) -> None:
    assert systems.records("housing") == []
    await bench.advance(timedelta(days=1))

    async def told() -> object:
        found = (await bench.http.get("/reconciliations", headers=bench.token("supervisor"))).json()
        done = {one["agency"] for one in found if one["finished_at"]}
        return done == set(SERVICES)

    await eventually(told, "the day's comparisons", 30)
    due = await bench.rows("adapters", "SELECT key FROM due WHERE kind = 'adapters.reconcile'")
    assert {row["key"] for row in due} == set(SERVICES)
    noon = bench.clock.now.replace(hour=12, minute=0)
    assert next_at(noon, noon.time().replace(hour=3)).day != noon.day


@pytest.mark.requirement("INT-04")
async def test_one_job_serves_two_requests_and_one_request_takes_two_jobs(bench: Bench, systems: Systems) -> None:
    numbers = await handed(bench, systems, "engineering", 2)
    same = {number: {"stage": "working", "job": "WO-1"} for number in numbers.values()}
    systems.do("engineering", change=same)

    async def covered() -> object:
        rows = await bench.rows("adapters", "SELECT reference FROM covers WHERE number = 'WO-1'")
        return len(rows) == 2

    await eventually(covered, "the job over both")
    systems.do("engineering", change={numbers["T-1"]: {"stage": "done", "ended": True, "job": "WO-2"}})

    async def twice() -> object:
        return await bench.rows("adapters", "SELECT number FROM covers WHERE reference = 'T-1' AND number = 'WO-2'")

    await eventually(twice, "the second job")
    shown = await bench.http.get("/agencies/engineering/handovers", headers=bench.token("operator"))
    orders = {one["reference"]: [job["number"] for job in one["work_orders"]] for one in shown.json()}
    assert orders == {"T-1": ["WO-1", "WO-2"], "T-2": ["WO-1"]}


async def test_news_about_a_job_reaches_every_request_it_serves(bench: Bench, systems: Systems) -> None:
    numbers = await handed(bench, systems, "housing", 2)
    own, path = bench.token("agency", agency="housing"), "/agencies/housing/updates"
    for nth, number in enumerate(numbers.values()):
        body = {"number": number, "order_number": "J-1", "status": "working",
                "reported_at": f"2026-03-02T17:0{nth}:00Z"}  # fmt: skip
        assert (await bench.http.post(path, json=body, headers=own)).status_code == 200
    done = {"order_number": "J-1", "status": "done", "reported_at": "2026-03-02T18:00:00Z"}
    answer = await bench.http.post(path, json=done, headers=own)
    assert len(answer.json()["requests"]) == 2
    await bench.quiet()
    closed = [one for one in bench.events(outbox("housing"), AgencyReport) if one.kind == "completed"]
    assert {one.request_id for one in closed} == {UUID(int=1), UUID(int=2)}


async def test_a_request_that_comes_again_is_a_new_record(bench: Bench, systems: Systems) -> None:
    numbers = await handed(bench, systems, "water-and-power", 1)
    systems.do("water-and-power", change={numbers["T-1"]: {"stage": "done", "ended": True}})

    async def closed() -> object:
        return any(one.kind == "completed" for one in bench.events(outbox("water-and-power"), AgencyReport))

    await eventually(closed, "the first ending")
    again = notice("water-and-power", "reopened", 2, nth=2, request_id=UUID(int=1), priority=True)
    await tell(bench, "water-and-power", again, again)
    await sent(bench, 2)
    references = sorted(one["reference"] for one in systems.records("water-and-power"))
    assert references == ["T-1", "T-1/2"]
    assert "Priority: high" in systems.records("water-and-power")[1]["told"]["description"]


async def test_a_half_written_file_is_left_alone_and_bad_rows_are_set_aside(bench: Bench, systems: Systems) -> None:
    await handed(bench, systems, "fire", 1)
    folder = systems.folder / "fire" / "from-agency"
    folder.mkdir(parents=True, exist_ok=True)
    text = (
        b"update_id,reference,status,changed_at,note\r\n"
        b"a-1,T-1,working,2026-03-02T10:00:00Z,We are there\r\n"
        b"a-2,T-1,working,yesterday,\r\n"
        b"a-3,,done,2026-03-02T11:00:00Z,\r\n"
    )
    (folder / "today.csv").write_bytes(text[:60])
    (folder / "today.csv.sha256").write_text(hashlib.sha256(text).hexdigest())

    async def read_once() -> object:
        found = (await bench.http.get("/watches", headers=bench.token("operator"))).json()
        return [one for one in found if one["agency"] == "fire" and one["read_at"]]

    await eventually(read_once, "a reading")
    assert (folder / "today.csv").exists(), "half a file was taken"
    (folder / "today.csv").write_bytes(text)

    async def put_away() -> object:
        return (folder / "done" / "today.csv").exists()

    await eventually(put_away, "the whole file")
    quarantined = (systems.folder / "fire" / "quarantine" / "today.csv").read_text()
    assert quarantined.splitlines()[1].startswith("3,changed_at is 'yesterday'")
    assert quarantined.splitlines()[2].startswith('4,"reference: missing') or "reference: missing" in quarantined
    assert (systems.folder / "fire" / "to-agency" / "acknowledged" / "today.csv.ack").exists()
    await bench.quiet()
    (report,) = bench.events(outbox("fire"), AgencyReport)
    assert (report.kind, report.text) == ("in_progress", "We are there")
    rows = (await bench.http.get("/exceptions?agency=fire", headers=bench.token("supervisor"))).json()
    assert [(one["kind"], one["code"]) for one in rows] == [("row", "today.csv:3"), ("row", "today.csv:4")]


@pytest.mark.requirement("OPS-06")
async def test_a_rebuild_changes_nothing_and_a_wiped_one_finds_what_it_made(bench: Bench, systems: Systems) -> None:
    await handed(bench, systems, "water-and-power", 2)
    assert await bench.rebuild("adapters") == []
    assert len(systems.records("water-and-power")) == 2
    await bench.rebuild("adapters", wiped=True)
    await sent(bench, 2)
    assert len(systems.records("water-and-power")) == 2, "what was there was made again"
    rows = await bench.rows("adapters", "SELECT number FROM handover ORDER BY reference")
    assert all(row["number"] for row in rows)


async def test_imported_history_makes_no_work(bench: Bench, systems: Systems) -> None:
    await bench.feed(notice("fire"), topic=inbox("fire"), clock="event")
    assert await bench.rows("adapters", "SELECT 1 FROM handover") == []
    assert systems.records("fire") == []
