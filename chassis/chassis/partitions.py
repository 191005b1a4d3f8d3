"""Tables that grow without end lie in parts, one a month (UTC), made ahead; what fits in none lies in the rest."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import asyncpg
import structlog

from chassis.backoff import until_up
from chassis.database import Database, is_transient
from chassis.metrics import Metrics
from chassis.migrations import MIGRATION_LOCK
from chassis.tables import PARTED

AHEAD: Final = 2
"""Months made beyond the present one."""
LOOK_SECONDS: Final = 24 * 3600.0
LOCK_WAIT: Final = "2s"
"""Whoever waits for a table makes everybody behind it wait: better to give up and come back."""
MAKE_SECONDS: Final = 600.0
"""Looking through a large rest takes its time."""
_log = structlog.get_logger()

_PARTS: Final = """
SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = $1::text::regclass AND c.relname <> $2 ORDER BY c.relname
"""
_REST: Final = "SELECT relname, n_live_tup FROM pg_stat_user_tables WHERE relname = ANY($1::text[])"


class Month(NamedTuple):
    """A month of the calendar, in UTC."""

    year: int
    month: int

    @property
    def first(self) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def next(self) -> "Month":
        """The month after.

        >>> Month(2025, 12).next
        Month(year=2026, month=1)
        """
        return Month(self.year + self.month // 12, self.month % 12 + 1)


def months_ahead(now: datetime) -> list[Month]:
    """List the present month and those to be ready for.

    >>> [month.month for month in months_ahead(datetime(2025, 11, 30, 23, tzinfo=UTC))]
    [11, 12, 1]
    """
    at = now.astimezone(UTC)
    months = [Month(at.year, at.month)]
    for _ in range(AHEAD):
        months.append(months[-1].next)
    return months


def part_of(table: str, month: Month) -> str:
    """Name a table's part for a month.

    >>> part_of("inbox", Month(2026, 3)), month_of("inbox_2026_03")
    ('inbox_2026_03', Month(year=2026, month=3))
    """
    return f"{table}_{month.year:04d}_{month.month:02d}"


def month_of(part: str) -> Month:
    """Tell which month a part holds."""
    year, month = part.split("_")[-2:]
    return Month(int(year), int(month))


def rest_of(table: str) -> str:
    """Name the part that holds what fits in no month: imported history and the unforeseen."""
    return f"{table}_rest"


async def parts(connection: asyncpg.Connection, table: str) -> list[str]:
    """List a table's months, oldest first."""
    return [row["relname"] for row in await connection.fetch(_PARTS, table, rest_of(table))]


async def make_ahead(connection: asyncpg.Connection, now: datetime) -> None:
    """Make the months that are missing. One that cannot be made now is left to the rest until the next look."""
    for table, column in PARTED.items():
        there = set(await parts(connection, table))
        for month in months_ahead(now):
            if part_of(table, month) not in there:
                await _try_to_make(connection, table, column, month)


async def _try_to_make(connection: asyncpg.Connection, table: str, column: str, month: Month) -> None:
    part = part_of(table, month)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock($1)", MIGRATION_LOCK)  # instances start together
            if await connection.fetchval("SELECT to_regclass($1)", part) is not None:
                return
            moved = await _make(connection, table, column, month)
        _log.info("month made", part=part, moved=moved)
    except asyncpg.LockNotAvailableError:
        _log.warning("month left to the rest for now: the table is in use", part=part)


async def _make(connection: asyncpg.Connection, table: str, column: str, month: Month) -> int:
    """Make a part, and move there what the rest holds of its month; only writers to the rest wait meanwhile."""
    part, rest, bounds = part_of(table, month), rest_of(table), (month.first, month.next.first)
    await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
    await connection.execute(f'LOCK TABLE "{rest}" IN ACCESS EXCLUSIVE MODE')
    await connection.execute(f'CREATE TABLE "{part}" (LIKE "{table}" INCLUDING DEFAULTS)')
    moved = await connection.execute(
        f'WITH gone AS (DELETE FROM "{rest}" WHERE "{column}" >= $1 AND "{column}" < $2 RETURNING *)'
        f' INSERT INTO "{part}" SELECT * FROM gone',
        *bounds,
        timeout=MAKE_SECONDS,
    )
    since, until = (f"'{bound.isoformat()}'" for bound in bounds)
    await connection.execute(
        f'ALTER TABLE "{table}" ATTACH PARTITION "{part}" FOR VALUES FROM ({since}) TO ({until})', timeout=MAKE_SECONDS
    )
    return int(moved.split()[-1])


async def drop_month(connection: asyncpg.Connection, table: str, part: str) -> None:
    """Give a whole month up; raises asyncpg.LockNotAvailableError when the table is in use for too long."""
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
        await connection.execute(f'ALTER TABLE "{table}" DETACH PARTITION "{part}"')
        await connection.execute(f'DROP TABLE "{part}"')


class Months:
    """Keeps the months of a running service ahead of its clock, and says how much lies outside of them."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database, self._metrics = database, metrics

    async def look(self) -> None:
        """Make what is missing; waits for a database that is away."""
        await until_up("PostgreSQL, to make the months ahead", self._look, is_transient)

    async def run(self) -> None:
        """Look once a day until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def _look(self) -> None:
        async with self._database.reads() as reads:
            await make_ahead(reads.connection, self._database.clock())
            self._tell(await reads.sql(_REST, [rest_of(table) for table in PARTED]))

    def _tell(self, rests: Sequence[Mapping[str, Any]]) -> None:
        for row in rests:
            self._metrics.rest.labels(row["relname"]).set(row["n_live_tup"])
            if row["n_live_tup"]:
                _log.info("rows outside the months", part=row["relname"], about=row["n_live_tup"])
