"""What is old and done goes; what waits for a person, or is still to be run, stays however old it is."""

from datetime import timedelta

import pytest
from systems_played import Systems, notice, sent, tell

from adapters import store
from chassis.retaining import CHASSIS, kept_for, retain
from chassis.testing import Bench

NEVER = "SELECT count(*) AS n FROM {}"


async def count(bench: Bench, table: str) -> int:
    (row,) = await bench.rows("adapters", NEVER.format(table))
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
