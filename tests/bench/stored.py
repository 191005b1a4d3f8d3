"""Fills the services' databases with stored requests: copies of lives that were really led, under ids of their own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import asyncpg

KEPT: Final = ("alembic_version", "platform", "consumer_offset", "outbox", "parked", "audit")
"""Tables that say how far a service is, not what it knows."""
SCHEMA: Final = "bench_template"
COPIES_AT_ONCE: Final = 10
NAMES_OF_ONE: Final = ("key", "tracking_number", "submission_key", "external_id")
"""Columns of text that name one request, or a thing of one, besides references (`…_ref`)."""
TO_COME: Final = ("due_at", "at_risk_at", "deadline_at", "expires_at", "next_attempt_at", "ask_at", "dispute_until")
"""Moments that a copy keeps: moved into the past, they would be acted on at once."""

_COLUMNS: Final = """
SELECT c.relname AS name, a.attname AS attribute, format_type(a.atttypid, NULL) AS type,
  a.attidentity <> '' OR a.attgenerated <> '' AS made,
  EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY(i.indkey)) AS told_apart
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY c.relname, a.attnum
"""

Say = Callable[[str], None]


class Attribute(NamedTuple):
    """A column: `made` by the database itself, or `told_apart` by (part of a unique index)."""

    name: str
    type: str
    made: bool
    told_apart: bool


def copied(column: Attribute) -> str:
    """Write, as SQL, what the copy number `k` of a value is; ids and references change alike in every database.

    >>> copied(Attribute("request_id", "uuid", False, True)).endswith("::uuid")
    True
    >>> copied(Attribute("assigned_at", "timestamp with time zone", False, False))
    "assigned_at - k % 240 * interval '1 minute'"
    >>> copied(Attribute("agency", "text", False, False))
    'agency'
    """
    name = column.name
    if column.type == "uuid":
        return _another(f"{name}::text")
    if name == "contact_refs":
        return rf"regexp_replace({name}, '(\S+)', '\1-' || k, 'g')"
    if name in NAMES_OF_ONE or name.endswith("_ref"):
        return _renamed(name)
    if name in {"latitude", "longitude"}:
        return f"{name} + {'k % 100' if name == 'latitude' else 'k / 100'} * 0.0004"
    if column.type == "timestamp with time zone" and name not in TO_COME:
        return f"{name} - k % 240 * interval '1 minute'"
    return name


def _another(text: str) -> str:
    """Write another id for one; where ids begin with their time, at the same time, so that they lie in indexes as led.

    >>> _another("x")[:20]
    '(CASE WHEN substr(x,'
    """
    anew = f"md5({text} || ':' || k)"
    timed = f"overlay({anew} PLACING left(replace({text}, '-', ''), 13) FROM 1)"
    return f"(CASE WHEN substr({text}, 15, 1) = '7' THEN {timed} ELSE {anew} END)::uuid"


def _renamed(name: str) -> str:
    """Write a new name for one thing; where the name is an id, the id's own."""
    an_id = f"{name} ~ '^[0-9a-f]{{8}}-[0-9a-f-]{{27}}$'"
    return f"CASE WHEN {an_id} THEN {_another(name)}::text ELSE {name} || '-' || k END"


def is_copied(table: str, columns: Sequence[Attribute]) -> bool:
    """Tell whether a table grows with the requests: its rows are told apart by something a copy has anew.

    >>> is_copied("forecast", [Attribute("service_code", "text", False, True)])
    False
    >>> is_copied("request", [Attribute("request_id", "uuid", False, True)])
    True
    """
    if table in KEPT:
        return False
    changing = [column for column in columns if not column.made and copied(column) != column.name]
    by_number = any(column.told_apart and column.made for column in columns)
    return any(column.told_apart or by_number for column in changing if "time" not in column.type)


class Store:
    """The stored requests: templates taken once from lives really led, then copied."""

    def __init__(self, databases: Mapping[str, asyncpg.Connection], say: Say) -> None:
        self._databases, self._say = databases, say
        self._inserts: dict[str, list[str]] = {}
        self._lives, self._copies = 0, 0

    async def count(self) -> int:
        """Count the stored requests."""
        return int(await self._databases["intake"].fetchval("SELECT count(*) FROM request"))

    async def take_templates(self) -> None:
        """Keep all there is as what copies are made of."""
        self._lives = await self.count()
        for service, connection in self._databases.items():
            self._inserts[service] = await _templates(connection)

    async def fill(self, wanted: int) -> int:
        """Copy until at least as many requests are stored; then tidy up and tell how many there are."""
        missing = -(-(wanted - await self.count()) // self._lives)
        last = self._copies + max(0, missing)
        while self._copies < last:
            first, self._copies = self._copies, min(last, self._copies + COPIES_AT_ONCE)
            await asyncio.gather(*(self._insert(service, first, self._copies - 1) for service in self._inserts))
            self._say(f"filling: {self._copies * self._lives:,} of {last * self._lives:,} copies")
        await asyncio.gather(*(one.execute("VACUUM (ANALYZE)") for one in self._databases.values()))
        await self._databases["intake"].execute("CHECKPOINT")
        return await self.count()

    async def _insert(self, service: str, first: int, last: int) -> None:
        connection = self._databases[service]
        for statement in self._inserts[service]:
            await connection.execute(statement.format(first=first, last=last))


async def _templates(connection: asyncpg.Connection) -> list[str]:
    """Set the present rows of each table that grows aside; write the statements that copy them."""
    tables: dict[str, list[Attribute]] = {}
    for row in await connection.fetch(_COLUMNS):
        tables.setdefault(row["name"], []).append(Attribute(*list(row.values())[1:]))
    await connection.execute(f"CREATE SCHEMA {SCHEMA}")
    grown = {table: columns for table, columns in tables.items() if is_copied(table, columns)}
    for table in grown:
        await connection.execute(f'CREATE UNLOGGED TABLE {SCHEMA}."{table}" AS SELECT * FROM public."{table}"')
    return [_insert(table, [one for one in columns if not one.made]) for table, columns in grown.items()]


def _insert(table: str, columns: Sequence[Attribute]) -> str:
    named = ", ".join(f'"{one.name}"' for one in columns)
    values = ", ".join(copied(one).replace("{", "{{").replace("}", "}}") for one in columns)
    return (
        f'INSERT INTO public."{table}" ({named}) SELECT {values} FROM {SCHEMA}."{table}", '
        "generate_series({first}, {last}) AS k"
    )
