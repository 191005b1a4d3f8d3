"""What is old and done goes; what waits for a person, or is still to be run, stays however old it is."""

from datetime import timedelta
from uuid import UUID

import pytest
from systems_played import Systems, notice, sent, tell

from adapters import store
from chassis.retaining import CHASSIS, kept_for, retain
from chassis.testing import Bench

LATER, NEWEST = (UUID(f"0198f000-0000-7000-8000-00000000000{nth}") for nth in (2, 3))
COUNT = "SELECT count(*) AS n FROM {}"


async def count(bench: Bench, table: str) -> int:
    (row,) = await bench.rows("adapters", COUNT.format(table))
    return int(row["n"])


@pytest.mark.requirement("OPS-05")
async def test_old_errands_and_news_go_and_what_waits_stays(bench: Bench, systems: Systems) -> None:
    await tell(bench, "housing", notice("housing"))
    await sent(bench, 1)
    (record,) = systems.records("housing")
    own = bench.token("agency", agency="housing")
    for status in ("working", "a word nobody knows"):
        body = {"number": record["number"], "status": status, "reported_at": "2026-03-02T18:00:00Z"}
        answer = await bench.http.post(
            "/agencies/housing/updates", json=body, headers=own | {"Idempotency-Key": status}
        )
        assert answer.status_code < 300, answer.text
    known = (*CHASSIS, *store.RETAINS)
    for days, left in ((91, (1, 2)), (367, (0, 1))):
        async with bench.running["adapters"].database.reads() as reads:
            later = bench.clock.now + timedelta(days=days)
            await retain(reads.connection, later, kept_for(0, {}, known), lambda _line: None, known)
        assert (await count(bench, "delivery"), await count(bench, "heard")) == left
    assert await count(bench, "handover") == 1


@pytest.mark.requirement("OPS-05", "OPS-06")
async def test_what_was_given_up_does_not_come_back_in_a_rebuild(bench: Bench, systems: Systems) -> None:
    await tell(bench, "housing", notice("housing"), notice("housing", "message", 2, text="The dog is friendly."))
    await sent(bench, 2)
    bench.clock.now += timedelta(days=400)
    await tell(bench, "housing", notice("housing", request_id=LATER, tracking_number="T-2"))
    await sent(bench, 3)
    known = (*CHASSIS, *store.RETAINS)
    async with bench.running["adapters"].database.reads() as reads:
        await retain(reads.connection, bench.clock.now, kept_for(None, {}, known), lambda _line: None, known)
    assert await count(bench, "delivery") == 1
    await bench.rebuild("adapters")
    assert await count(bench, "delivery") == 1, "errands that were given up came back"
    assert [len(one["more"]) for one in systems.records("housing")] == [1, 0], "a message was told again"


@pytest.mark.requirement("OPS-06")
async def test_a_lost_database_tells_again_only_what_may_not_have_been_run(bench: Bench, systems: Systems) -> None:
    other = notice("housing", request_id=LATER, tracking_number="T-2")
    ends = notice("housing", "cancelled", 2, request_id=LATER)
    await tell(bench, "housing", notice("housing"), other, ends)
    await sent(bench, 3)
    bench.clock.now += timedelta(days=400)
    await tell(bench, "fire", notice("fire", request_id=NEWEST, tracking_number="T-3"))
    await sent(bench, 4)
    await bench.rebuild("adapters", wiped=True)
    rows = await bench.rows("adapters", "SELECT reference FROM delivery ORDER BY reference")
    assert [row["reference"] for row in rows] == ["T-1", "T-3"]
    assert len(systems.records("housing")) == 2, "what was there was made again"


@pytest.mark.requirement("OPS-06")
async def test_a_rebuild_brings_no_words_back_to_what_has_ended(bench: Bench, systems: Systems) -> None:
    await tell(bench, "housing", notice("housing"), notice("housing", "amended", 2, description="The blue house."))
    await sent(bench, 2)
    (record,) = systems.records("housing")
    body = {"number": record["number"], "status": "done", "reported_at": "2026-03-02T18:00:00Z"}
    own = bench.token("agency", agency="housing")
    assert (await bench.http.post("/agencies/housing/updates", json=body, headers=own)).status_code == 200
    await bench.rebuild("adapters")
    (row,) = await bench.rows("adapters", "SELECT is_open, body FROM handover")
    assert not row["is_open"]
    assert "blue house" not in str(row["body"])
