"""What grows without end and is of no use after a time: given up by whole months or a batch at a time, and said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from chassis.errors import FatalError
from chassis.partitions import drop_month, month_of, parts, rest_of
from chassis.tables import PARTED

BATCH: Final = 5_000
DAYS_PER_MONTH: Final = 31
_COUNT = 'SELECT count(*) FROM "{table}" WHERE "{column}" < $1 {also}'
_DELETE = """
DELETE FROM "{table}" WHERE ctid = ANY(ARRAY(SELECT ctid FROM "{table}" WHERE "{column}" < $1 {also} LIMIT $2))
"""
_EMPTY_BEFORE = "TRUNCATE inbox_before"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Retention:
    """How long rows of a table are kept, counted from a column of theirs; never less than `least_days`.

    Where `only` names a column and a value, no other rows go: what still waits for somebody is never old.
    """

    table: str
    column: str
    days: int
    least_days: int
    why: str
    only: tuple[str, str] | None = None


CHASSIS: Final = (
    Retention("idempotency", "answered_at", 92, 30, "a caller may repeat a command for a month"),
    Retention("audit", "at", 7 * 366, 366, "who did what is asked for years later"),
    Retention("parked", "redriven_at", 366, 31, "what was put back to work is history; what still waits is never old"),
    Retention("inbox", "at", 13 * DAYS_PER_MONTH, 92, "an event heard again within that time is known for a repeat"),
)
"""The tables of every service."""


def kept_for(asked: int | None, kept_months: Mapping[str, int], known: Sequence[Retention] = CHASSIS) -> dict[str, int]:
    """Return the months to keep of each table that is not kept for its own time; what is asked for now goes first.

    >>> kept_for(None, {"inbox": 6}), kept_for(2, {"inbox": 6})["inbox"]
    ({'inbox': 6}, 2)
    """
    unknown = kept_months.keys() - {retention.table for retention in known}
    if unknown:
        raise FatalError(f"RELAY311_KEPT_MONTHS names {', '.join(sorted(unknown))}, which `retain` knows nothing of.")
    return dict(kept_months) if asked is None else {retention.table: asked for retention in known}


def kept_since(retention: Retention, now: datetime, months: int | None) -> datetime:
    """Return from when on rows are kept; a shorter time than the table bears is not heeded.

    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 2, tzinfo=UTC)
    >>> keys = Retention("idempotency", "answered_at", 92, 30, "")
    >>> (now - kept_since(keys, now, None)).days, (now - kept_since(keys, now, 0)).days
    (92, 30)
    """
    days = retention.days if months is None else months * DAYS_PER_MONTH
    return now - timedelta(days=max(days, retention.least_days))


async def retain(
    connection: asyncpg.Connection,
    now: datetime,
    months: Mapping[str, int],
    say: Say,
    known: Sequence[Retention] = CHASSIS,
    *,
    dry_run: bool = False,
) -> dict[str, int]:
    """Give up what is older than its table's time; returns how many rows of each table went, or would go."""
    gone: dict[str, int] = {}
    verb = "would give up" if dry_run else "gave up"
    for retention in known:
        since = kept_since(retention, now, months.get(retention.table))
        count = await _drop_months(connection, retention, since, say, dry_run=dry_run)
        count += await (_count if dry_run else _give_up)(connection, retention, since)
        gone[retention.table] = gone.get(retention.table, 0) + count
        say(f"{retention.table}: {verb} {count:,} rows from before {since:%Y-%m-%d}; kept since then: {retention.why}")
    return gone


async def _drop_months(
    connection: asyncpg.Connection, retention: Retention, since: datetime, say: Say, *, dry_run: bool
) -> int:
    """Give up the months that lie wholly before; returns how many rows they held."""
    if retention.table not in PARTED:
        return 0
    old = [p for p in await parts(connection, retention.table) if month_of(p).next.first <= since]
    total = 0
    for part in old:
        count: int = await connection.fetchval(f'SELECT count(*) FROM "{part}"')
        if not dry_run:
            await _drop(connection, retention.table, part)
        total += count
        say(f"{retention.table}: {'would drop' if dry_run else 'dropped'} {part} ({count:,} rows)")
    if old and retention.table == "inbox" and not dry_run:
        await connection.execute(_EMPTY_BEFORE)  # older than any month there is
    return total


async def _drop(connection: asyncpg.Connection, table: str, part: str) -> None:
    try:
        await drop_month(connection, table, part)
    except asyncpg.LockNotAvailableError as error:
        raise FatalError(
            f"{part} was not dropped: {table} is in use for too long. Run `retain` again later."
        ) from error


def _where(retention: Retention) -> str:
    """Name the table to look through by rows: of one that lies in months, what lies in none."""
    return rest_of(retention.table) if retention.table in PARTED else retention.table


async def _count(connection: asyncpg.Connection, retention: Retention, since: datetime) -> int:
    found: int = await connection.fetchval(_said(_COUNT, retention), since)
    return found


def _said(statement: str, retention: Retention) -> str:
    """Fill in a statement; every name is written in the code of a service."""
    also = """AND "{}" = '{}'""".format(*retention.only) if retention.only else ""
    return statement.format(table=_where(retention), column=retention.column, also=also)


async def _give_up(connection: asyncpg.Connection, retention: Retention, since: datetime) -> int:
    """Delete in short transactions, so that nobody waits."""
    statement, gone, last = _said(_DELETE, retention), 0, BATCH
    while last == BATCH:
        last = int((await connection.execute(statement, since, BATCH)).split()[-1])
        gone += last
    return gone
