"""A rebuild is alone, reads to where the service had been, sends what waited, and can be run again."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from chassis.errors import FatalError
from chassis.ids import partition_of, uuid7
from chassis.memory import MemoryLog
from chassis.rebuilding.marker import mark
from chassis.rebuilding.plan import CHASSIS
from chassis.rebuilding.procedure import plan_of, rebuild
from chassis.rebuilding.state import look
from chassis.records import Outgoing, Place
from chassis.running import Running
from chassis.settings import ServiceSettings
from chassis.tables import CHASSIS_TABLES
from chassis.testing import Bench
from contracts.event import RequestFacts, encode
from contracts.frontends import Place as Where
from contracts.intake import RequestCreated
from contracts.vocabulary import Operator

sys.path.insert(0, str(Path(__file__).parent / "tally"))
import tally

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def created(request_id: UUID) -> RequestCreated:
    about = RequestFacts(tracking_number="T", service_code="pothole", opened_at=NOW)
    return RequestCreated(request_id=request_id, sequence=1, about=about, place=Where(), operator=Operator.CITY_311)


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(tally.build, ServiceSettings, now=NOW)
    for _ in range(3):
        await made.feed(created(uuid7(NOW)), source="intake")
    return made


@asynccontextmanager
async def stopped(bench: Bench) -> AsyncIterator[Running]:
    """Stop the service; start it again at the end."""
    old = bench.running["sla"]
    await old.__aexit__()
    yield old
    bench.running["sla"] = Running(old.service, MemoryLog(bench.cluster, "sla"), bench.clock)
    await bench.running["sla"].__aenter__()


async def rebuilt(bench: Bench, running: Running) -> int:
    return (await rebuild(running.service, MemoryLog(bench.cluster, "sla"), lambda _line: None)).records


async def test_every_chassis_table_has_its_fate() -> None:
    assert set(CHASSIS) == set(CHASSIS_TABLES)


async def test_a_service_that_runs_is_not_rebuilt(bench: Bench) -> None:
    with pytest.raises(FatalError, match="Another instance of sla"):
        await rebuilt(bench, bench.running["sla"])


async def test_the_state_is_the_same_and_nothing_is_published(bench: Bench) -> None:
    assert await bench.rebuild("sla") == []
    assert await bench.rebuild("sla", wiped=True) == []
    await bench.quiet()
    assert len(bench.published("request.promised")) == 3
    assert len(await bench.rows("sla", "SELECT 1 FROM due")) == 3


async def test_what_was_not_applied_before_is_decided_after(bench: Bench) -> None:
    late = created(uuid7(NOW))
    async with stopped(bench) as running:
        place = partition_of(late.key, bench.topology.partitions("request.created"))
        value = encode(late, "b" * 32, "intake", NOW)
        await bench.cluster.append([Outgoing("request.created", place, late.key, value)])
        assert await rebuilt(bench, running) == 3
    await bench.quiet()
    assert [e.subject for e in bench.published("request.promised")].count(late.key) == 1
    assert len(bench.published("request.promised")) == 4


async def test_what_waited_in_the_outbox_is_sent_first(bench: Bench) -> None:
    async with stopped(bench) as running:
        connection = await asyncpg.connect(running.database.url)
        await connection.execute(
            "INSERT INTO outbox (topic, part, key, value) VALUES ('request.promised', 0, 'k', 'waited')"
        )
        await connection.close()
        await rebuilt(bench, running)
    assert b"waited" in _values(bench)


def _values(bench: Bench) -> list[bytes | None]:
    return [record.value for record in bench.cluster.of_topic("request.promised")]


async def test_a_rebuild_that_was_broken_off_stops_the_service_until_it_is_run_again(bench: Bench) -> None:
    async with stopped(bench) as running:
        before = await look(running.database.url, plan_of(running.service), running.service.metadata)
        connection = await asyncpg.connect(running.database.url)
        known = await connection.fetch("SELECT topic, part, next FROM consumer_offset")
        await mark(connection, {Place(r["topic"], r["part"]): r["next"] for r in known})
        await connection.execute("TRUNCATE tally, consumer_offset")
        await connection.close()
        half = Running(running.service, MemoryLog(bench.cluster, "sla"), bench.clock)
        with pytest.raises(FatalError, match="run `rebuild` again"):
            await half.__aenter__()
        await half.database.stop()
        assert await rebuilt(bench, running) == 3
        assert await look(running.database.url, plan_of(running.service), running.service.metadata) == before
    await bench.quiet()


async def test_a_record_that_cannot_be_applied_is_parked_again_with_those_behind_it(bench: Bench) -> None:
    bad = uuid7(NOW)
    await bench.feed(created(bad).model_copy(update={"description": "poison"}), source="intake")
    await bench.feed(created(bad), source="intake")
    assert await bench.rebuild("sla") == []
    assert len(await bench.rows("sla", "SELECT 1 FROM parked")) == 2
    assert await bench.rebuild("sla", wiped=True) == []
    reasons = [row["reason"] for row in await bench.rows("sla", "SELECT reason FROM parked ORDER BY id")]
    assert reasons == ["refused", "behind_parked"]
