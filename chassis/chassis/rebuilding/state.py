"""The fingerprint of a service's state: equal for a live database and for one that was rebuilt from the log."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

import asyncpg
from sqlalchemy import MetaData

from chassis.rebuilding.plan import Derived, Rebuild

_SUM = """
SELECT count(*) AS rows, coalesce(sum(('x' || left(h, 16))::bit(64)::bigint::numeric), 0)::text AS low,
  coalesce(sum(('x' || right(h, 16))::bit(64)::bigint::numeric), 0)::text AS high
FROM (SELECT md5(ROW({columns})::text) AS h FROM "{table}" WHERE {rows}) AS hashed
"""


class TableState(NamedTuple):
    """One table: how many rows are compared, and a sum over them that does not depend on their order."""

    table: str
    rows: int
    digest: str


async def state_of(connection: asyncpg.Connection, plan: Rebuild, metadata: MetaData) -> list[TableState]:
    """Take the fingerprint of every table that is compared, by name."""
    found = []
    async with connection.transaction():
        await connection.execute("SET LOCAL TimeZone = 'UTC'")
        for name, fate in sorted(plan.derived.items()):
            if not fate.uncompared:
                row = await connection.fetchrow(statement_of(name, fate, metadata))
                found.append(TableState(name, row["rows"], _short(f"{row['low']}:{row['high']}")))
    return found


async def look(url: str, plan: Rebuild, metadata: MetaData) -> list[TableState]:
    """Take the fingerprint of the database at a URL."""
    connection = await asyncpg.connect(url)
    try:
        return await state_of(connection, plan, metadata)
    finally:
        await connection.close()


def statement_of(name: str, fate: Derived, metadata: MetaData) -> str:
    """Write the query that sums up a table's compared columns."""
    columns = ", ".join(f'"{c}"' for c in sorted(compared(name, fate, metadata)))
    return _SUM.format(columns=columns, table=name, rows=fate.rows)


def compared(name: str, fate: Derived, metadata: MetaData) -> Sequence[str]:
    """List the columns of a table that are compared."""
    return [column.name for column in metadata.tables[name].columns if column.name not in fate.without]


def digest_of(states: Sequence[TableState]) -> str:
    """Sum up all tables in one word.

    >>> digest_of([TableState("clock", 2, "ab")]) == digest_of([TableState("clock", 3, "ab")])
    False
    """
    return _short("\n".join(f"{s.table}:{s.rows}:{s.digest}" for s in states))


def differences(left: Sequence[TableState], right: Sequence[TableState]) -> list[str]:
    """Say which tables differ, in words.

    >>> differences([TableState("clock", 2, "ab")], [TableState("clock", 3, "cd")])
    ['clock: 2 rows (ab) against 3 (cd)']
    """
    others: Mapping[str, TableState] = {state.table: state for state in right}
    return [
        f"{s.table}: {s.rows} rows ({s.digest}) against {others[s.table].rows} ({others[s.table].digest})"
        for s in left
        if s != others[s.table]
    ]


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=12).hexdigest()
