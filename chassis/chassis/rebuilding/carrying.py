"""Columns that are not on the log, carried over a rebuild of their table."""

from collections.abc import Sequence

import asyncpg
from sqlalchemy import Table


async def carry_away(connection: asyncpg.Connection, table: Table, columns: Sequence[str]) -> None:
    """Set aside what these columns hold; what a rebuild that was broken off has set aside stays."""
    if columns:
        held = " OR ".join(f'"{c}" IS NOT NULL' for c in columns)
        await connection.execute(
            f'CREATE TABLE IF NOT EXISTS "{_aside(table)}" AS SELECT {_names(table, columns)} FROM "{table.name}"'
            f" WHERE {held}"
        )


async def bring_back(connection: asyncpg.Connection, table: Table, columns: Sequence[str]) -> None:
    """Put back what was set aside, into the rows that there are again."""
    if columns:
        sets = ", ".join(f'"{c}" = aside."{c}"' for c in columns)
        match = " AND ".join(f't."{c.name}" = aside."{c.name}"' for c in table.primary_key)
        await connection.execute(f'UPDATE "{table.name}" t SET {sets} FROM "{_aside(table)}" aside WHERE {match}')
        await connection.execute(f'DROP TABLE "{_aside(table)}"')


def _aside(table: Table) -> str:
    return f"rebuilding_{table.name}"


def _names(table: Table, columns: Sequence[str]) -> str:
    return ", ".join(f'"{c}"' for c in (*(key.name for key in table.primary_key), *columns))
