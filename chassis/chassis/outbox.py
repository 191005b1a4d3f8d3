"""The outbox: appended last in every transaction, under one lock, so that order of ids is order of commits."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import Table

from chassis.records import Outgoing

ORDER_LOCK = 311_001
LEADER_LOCK = 311_002
FEW = 64
"""Below this many records one statement costs less than a lock and a COPY."""
_COLUMNS = ("topic", "part", "key", "value", "traceparent")
_LOCK = "SELECT pg_advisory_xact_lock($1)"
# The ids are drawn above the join, so after the lock was given.
_LOCK_AND_APPEND = f"""
WITH ordered AS MATERIALIZED ({_LOCK})
INSERT INTO outbox (topic, part, key, value, traceparent)
SELECT given.* FROM ordered, unnest($2::text[], $3::int[], $4::text[], $5::bytea[], $6::text[]) AS given
"""


async def append_outbox(connection: asyncpg.Connection, table: Table, outgoing: Sequence[Outgoing]) -> None:
    """Append records; the lock is held to commit."""
    if not outgoing:
        return
    rows = [(r.topic, r.partition, r.key, r.value, r.traceparent) for r in outgoing]
    if len(rows) < FEW:
        await connection.execute(_LOCK_AND_APPEND, ORDER_LOCK, *zip(*rows, strict=True))
    else:
        await connection.execute(_LOCK, ORDER_LOCK)
        await connection.copy_records_to_table(table.name, columns=_COLUMNS, records=rows)


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
