"""SQLModel statements compiled once and run on asyncpg, and the bulk writes that replace an ORM on hot paths."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Executable, Table
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

Row = Mapping[str, Any]
_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
_JSON_KEYS = orjson.OPT_NON_STR_KEYS


async def prepare_connection(connection: asyncpg.Connection) -> None:
    """Teach a connection JSON; runs once per connection."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda value: b"\x01" + orjson.dumps(value, option=_JSON_KEYS),
        decoder=lambda data: orjson.loads(data[1:]),
    )


def compiled(statement: Executable) -> tuple[str, list[Any]]:
    """Turn a SQLModel or SQLAlchemy statement into text with `$1` places, and their values."""
    made = statement.compile(  # type: ignore[attr-defined]
        dialect=_DIALECT, compile_kwargs={"render_postcompile": True}
    )
    assert isinstance(made, SQLCompiler)  # noqa: S101 - narrows SQLAlchemy's own return type
    return made.string, [made.params[name] for name in made.positiontup or ()]


def table_of(model: Any) -> Table:
    """Get the table behind a SQLModel class; a Table passes through."""
    table = model if isinstance(model, Table) else model.__table__
    assert isinstance(table, Table)  # noqa: S101 - narrows
    return table


@dataclass(frozen=True, slots=True)
class BulkWrite:
    """One statement that writes many rows: its text, given as arrays, one per column."""

    text: str
    columns: tuple[str, ...]
    json_columns: frozenset[str]

    async def run(self, connection: asyncpg.Connection, rows: Sequence[Row]) -> None:
        """Write the rows in one round trip."""
        await connection.execute(self.text, *(self._array(rows, name) for name in self.columns))

    def _array(self, rows: Sequence[Row], name: str) -> list[Any]:
        if name not in self.json_columns:
            return [row[name] for row in rows]
        return [None if row[name] is None else orjson.dumps(row[name], option=_JSON_KEYS).decode() for row in rows]


async def copy_rows(connection: asyncpg.Connection, table: Table, rows: Sequence[Row]) -> None:
    """COPY rows in: the cheapest write there is; a duplicate key raises asyncpg.UniqueViolationError."""
    columns = tuple(rows[0])
    await connection.copy_records_to_table(
        table.name, columns=columns, records=[tuple(row[name] for name in columns) for row in rows]
    )


@lru_cache(maxsize=512)
def insert_statement(table: Table, columns: tuple[str, ...], ignore: tuple[str, ...]) -> BulkWrite:
    """Build INSERT … SELECT unnest …, skipping rows whose `ignore` key exists."""
    names = ", ".join(f'"{c}"' for c in columns)
    skip = f" ON CONFLICT ({', '.join(ignore)}) DO NOTHING" if ignore else ""
    text = f'INSERT INTO "{table.name}" ({names}) SELECT {_unnest(table, columns)}{skip}'
    return BulkWrite(text, columns, _json_columns(table, columns))


@lru_cache(maxsize=512)
def upsert_statement(
    table: Table, columns: tuple[str, ...], keys: tuple[str, ...], newer: str | None, only: tuple[str, ...] | None
) -> BulkWrite:
    """Build INSERT … ON CONFLICT (keys) DO UPDATE; with `newer`, only when that column grows."""
    changed = only if only is not None else tuple(c for c in columns if c not in keys)
    sets = ", ".join(f'"{c}" = excluded."{c}"' for c in changed)
    guard = f' WHERE "{table.name}"."{newer}" < excluded."{newer}"' if newer else ""
    head = insert_statement(table, columns, ()).text
    text = f"{head} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}{guard}"
    return BulkWrite(text, columns, _json_columns(table, columns))


@lru_cache(maxsize=512)
def update_statement(table: Table, columns: tuple[str, ...], keys: tuple[str, ...]) -> BulkWrite:
    """Build UPDATE … FROM unnest …, matching on `keys` and setting the other columns."""
    sets = ", ".join(f'"{c}" = given."{c}"' for c in columns if c not in keys)
    match = " AND ".join(f't."{k}" = given."{k}"' for k in keys)
    names = ", ".join(f'"{c}"' for c in columns)
    given = f"(SELECT {_unnest(table, columns)}) AS given({names})"
    text = f'UPDATE "{table.name}" AS t SET {sets} FROM {given} WHERE {match}'
    return BulkWrite(text, columns, _json_columns(table, columns))


def _unnest(table: Table, columns: tuple[str, ...]) -> str:
    return ", ".join(_unnested(n, pg_type(table, c)) for n, c in enumerate(columns, 1))


def _unnested(place: int, kind: str) -> str:
    # A JSON list inside an array would be taken for a second dimension, so JSON travels as text.
    return f"unnest(${place}::text[])::jsonb" if kind == "JSONB" else f"unnest(${place}::{kind}[])"


def _json_columns(table: Table, columns: tuple[str, ...]) -> frozenset[str]:
    return frozenset(c for c in columns if pg_type(table, c) == "JSONB")


@lru_cache(maxsize=1024)
def pg_type(table: Table, column: str) -> str:
    """Name a column's PostgreSQL type, for casts."""
    return str(table.c[column].type.compile(dialect=_DIALECT))
