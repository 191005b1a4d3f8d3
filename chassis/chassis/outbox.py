"""The outbox: appended last in every transaction, under one lock, so that order of ids is order of commits."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import Table

from chassis import sql
from chassis.records import Outgoing

ORDER_LOCK = 311_001
LEADER_LOCK = 311_002


async def append_outbox(connection: asyncpg.Connection, table: Table, outgoing: Sequence[Outgoing]) -> None:
    """Append records; the lock is held to commit."""
    if not outgoing:
        return
    await connection.execute("SELECT pg_advisory_xact_lock($1)", ORDER_LOCK)
    await sql.copy_rows(connection, table, [_row(record) for record in outgoing])


def _row(record: Outgoing) -> sql.Row:
    return {
        "topic": record.topic,
        "part": record.partition,
        "key": record.key,
        "value": record.value,
        "traceparent": record.traceparent,
    }


async def read_outbox(connection: asyncpg.Connection, limit: int) -> tuple[int, list[Outgoing]]:
    """Read the oldest records in order, and the id of the last of them (0 when there are none)."""
    found = await connection.fetch(
        "SELECT id, topic, part, key, value, traceparent FROM outbox ORDER BY id LIMIT $1", limit
    )
    records = [Outgoing(r["topic"], r["part"], r["key"], r["value"], r["traceparent"]) for r in found]
    return (found[-1]["id"] if found else 0), records


async def forget_outbox(connection: asyncpg.Connection, last_id: int) -> None:
    """Forget what has been acknowledged by the log."""
    await connection.execute("DELETE FROM outbox WHERE id <= $1", last_id)
