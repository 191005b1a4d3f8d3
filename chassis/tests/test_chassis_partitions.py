"""Months are made ahead, catch what belongs to them and are given up whole; nothing is lost or heard twice for it."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from chassis import ddl, migrations, offsets
from chassis.errors import FatalError
from chassis.ids import uuid7
from chassis.memory import MemoryCluster, MemoryLog
from chassis.partitions import make_ahead, parts
from chassis.retaining import kept_for, retain
from chassis.running import Running
from chassis.settings import ServiceSettings
from chassis.testing import Bench, TestClock
from contracts.event import RequestFacts
from contracts.frontends import Place as Where
from contracts.intake import RequestCreated
from contracts.vocabulary import Operator

sys.path.insert(0, str(Path(__file__).parent / "tally"))
import tally

NOW = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)
AUDIT = "INSERT INTO audit (at, role, subject, action, object, detail) VALUES ($1, 'clerk', 's', 'a', $2, '{}')"
FIRST_RELEASE = (
    *ddl.statements(ddl.FIRST_TABLES),
    "CREATE TABLE tally (request_id uuid PRIMARY KEY, applied int NOT NULL, sequence int NOT NULL)",
    "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)",
    "INSERT INTO alembic_version VALUES ('0001')",
)


def created() -> RequestCreated:
    about = RequestFacts(tracking_number="T", service_code="pothole", opened_at=NOW)
    return RequestCreated(request_id=uuid7(NOW), sequence=1, about=about, place=Where(), operator=Operator.CITY_311)


async def where(connection: asyncpg.Connection, table: str, column: str) -> dict[Any, str]:
    """Tell in which part each row lies."""
    found = await connection.fetch(f'SELECT "{column}" AS name, tableoid::regclass::text AS part FROM "{table}"')
    return {row["name"]: row["part"] for row in found}


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(tally.build, ServiceSettings, now=NOW)
    return made


@pytest.fixture
async def old(database_url: str) -> Any:
    """Make a database of the first release."""
    connection = await asyncpg.connect(database_url)
    for statement in FIRST_RELEASE:
        await connection.execute(statement)
    yield connection
    await connection.close()


@pytest.fixture
async def empty(database_url: str) -> Any:
    """Make a database of this release, with no month made yet."""
    await migrations.migrate(database_url, "tally", tally.Base.metadata)
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_the_migration_keeps_what_was_seen_and_who_did_what(old: Any, database_url: str) -> None:
    seen, last_year = uuid4(), NOW - timedelta(days=365)
    await old.execute("INSERT INTO inbox VALUES ($1)", seen)
    for at, name in ((last_year, "past"), (NOW, "present")):
        await old.execute(AUDIT, at, name)
    assert await migrations.migrate(database_url, "tally", tally.Base.metadata)
    await make_ahead(old, NOW)
    await old.execute(AUDIT, NOW + timedelta(seconds=2), "next")
    assert await where(old, "audit", "object") == {
        "past": "audit_rest", "present": "audit_2026_03", "next": "audit_2026_04"
    }  # fmt: skip
    assert [row["id"] for row in await old.fetch("SELECT id FROM audit ORDER BY at")] == [1, 2, 3]
    new = uuid4()
    assert await offsets.first_seen(old, [seen.hex, new.hex], [NOW, NOW]) == {new.hex}


async def test_the_tables_are_what_the_code_says(empty: Any, database_url: str) -> None:
    await make_ahead(empty, NOW)
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _: kind != "table" or name in tally.Base.metadata.tables,
    }
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.connect() as connection:
        found = await connection.run_sync(
            lambda c: compare_metadata(MigrationContext.configure(c, opts=options), tally.Base.metadata)
        )
    await engine.dispose()
    assert found == []


async def test_a_repeat_is_dropped_across_a_months_end(bench: Bench) -> None:
    event = created()
    await bench.feed(event, event_id="a" * 32, source="intake", at=NOW)
    bench.clock.now += timedelta(days=40)
    async with bench.running["sla"].database.reads() as reads:
        await make_ahead(reads.connection, bench.clock.now)
        await bench.feed(event, event_id="a" * 32, source="intake", at=NOW)
        assert await where(reads.connection, "inbox", "event_id") == {UUID("a" * 32): "inbox_2026_03"}
    assert [row["applied"] for row in await bench.rows("sla", "SELECT applied FROM tally")] == [1]


async def test_the_rest_catches_what_fits_in_no_month_and_gives_it_back(empty: Any) -> None:
    await make_ahead(empty, NOW)
    then = {"1999": datetime(1999, 1, 1, tzinfo=UTC), "july": datetime(2026, 7, 1, tzinfo=UTC)}
    ids = {name: uuid4() for name in then}
    hexes, ats = [i.hex for i in ids.values()], list(then.values())
    assert await offsets.first_seen(empty, hexes, ats) == set(hexes)
    assert set((await where(empty, "inbox", "event_id")).values()) == {"inbox_rest"}
    await make_ahead(empty, datetime(2026, 5, 31, tzinfo=UTC))
    assert await where(empty, "inbox", "event_id") == {ids["1999"]: "inbox_rest", ids["july"]: "inbox_2026_07"}
    assert await offsets.first_seen(empty, hexes, ats) == set()


async def test_the_same_id_twice_in_a_batch_is_new_once(empty: Any) -> None:
    name = uuid4().hex
    assert await offsets.first_seen(empty, [name, name], [NOW, NOW]) == {name}
    assert await empty.fetchval("SELECT count(*) FROM inbox") == 1


async def test_instances_start_together(database_url: str) -> None:
    service, cluster = tally.build(ServiceSettings(database_url=database_url)), MemoryCluster(lambda _topic: 1)
    started = [Running(service, MemoryLog(cluster, "sla"), TestClock(NOW)) for _ in range(3)]
    try:
        await asyncio.gather(*(running.__aenter__() for running in started))
        async with started[0].database.reads() as reads:
            for table in ("inbox", "audit"):
                assert await parts(reads.connection, table) == [f"{table}_2026_{n}" for n in ("03", "04", "05")]
    finally:
        await asyncio.gather(*(running.__aexit__() for running in started))


async def _year(connection: asyncpg.Connection) -> None:
    """Put a row in each month since February 2025, 6,000 older ones in the rest, and two notes in the audit."""
    for n in range(14):
        await make_ahead(connection, datetime(2025 + (n + 1) // 12, (n + 1) % 12 + 1, 3, tzinfo=UTC))
    await connection.execute(
        "INSERT INTO inbox SELECT gen_random_uuid(), at FROM generate_series($1, $2, interval '1 month') AS at",
        datetime(2025, 2, 10, tzinfo=UTC),
        datetime(2026, 3, 10, tzinfo=UTC),
    )
    await connection.execute(
        "INSERT INTO inbox SELECT gen_random_uuid(), $1 FROM generate_series(1, 6000)", datetime(2020, 1, 1, tzinfo=UTC)
    )
    await connection.execute("INSERT INTO inbox_before VALUES (gen_random_uuid())")
    await connection.execute(AUDIT, datetime(2018, 1, 1, tzinfo=UTC), "long ago")
    await connection.execute(AUDIT, datetime(2025, 2, 1, tzinfo=UTC), "a year ago")


async def test_exactly_the_old_months_are_given_up(empty: Any) -> None:
    await _year(empty)
    said: list[str] = []
    now = datetime(2026, 4, 20, tzinfo=UTC)  # 13 months of 31 days: since 14 March 2025
    would = await retain(empty, now, {}, said.append, dry_run=True)
    assert (would["inbox"], would["audit"], len(await parts(empty, "inbox"))) == (6_001, 1, 16)
    assert await retain(empty, now, {}, lambda _line: None) == would
    assert (await parts(empty, "inbox"))[0] == "inbox_2025_03"
    assert len(await parts(empty, "audit")) == 16
    assert await empty.fetchval("SELECT count(*) FROM inbox") == 13
    assert await empty.fetchval("SELECT count(*) FROM inbox_before") == 0
    assert [row["object"] for row in await empty.fetch("SELECT object FROM audit")] == ["a year ago"]
    assert "inbox: would drop inbox_2025_02 (1 rows)" in said


async def test_fewer_months_are_kept_when_asked_but_never_too_few(empty: Any) -> None:
    await _year(empty)
    await retain(empty, datetime(2026, 4, 20, tzinfo=UTC), kept_for(0, {}), lambda _line: None)
    assert (await parts(empty, "inbox"))[0] == "inbox_2026_01"  # 92 days
    assert (await parts(empty, "audit"))[0] == "audit_2025_04"  # 366 days


async def test_a_table_in_use_is_left_alone(empty: Any, database_url: str) -> None:
    await _year(empty)
    user = await asyncpg.connect(database_url)
    async with user.transaction():
        await user.execute("LOCK TABLE inbox IN ROW EXCLUSIVE MODE")
        await user.execute("LOCK TABLE ONLY audit_rest IN ROW EXCLUSIVE MODE")
        with pytest.raises(FatalError, match="inbox_2025_02 was not dropped"):
            await retain(empty, datetime(2026, 4, 20, tzinfo=UTC), {"audit": 999}, lambda _line: None)
        await make_ahead(empty, datetime(2026, 4, 20, tzinfo=UTC))
        assert (await parts(empty, "audit"))[-1] == "audit_2026_05"
    await make_ahead(empty, datetime(2026, 4, 20, tzinfo=UTC))
    assert (await parts(empty, "audit"))[-1] == "audit_2026_06"
    await user.close()


async def test_a_table_that_retain_does_not_know_is_refused() -> None:
    with pytest.raises(FatalError, match="RELAY311_KEPT_MONTHS names timeline"):
        kept_for(None, {"timeline": 3})
