"""Whether a service rebuilt from offset 0 is the one that lived: into a database of its own, beside the running one."""

import asyncio
import json
from typing import Any, Final

import asyncpg
from town import Town

from relay311_local.access import database_url

_COMMAND: Final = ("-m", "relay311_local.service_command")
SECONDS: Final = 900.0


def rebuilt_equals_live(town: Town, service: str) -> str:
    """Rebuild a quiet service from the log alone; return "" when it is equal, else which tables are not.

    The running service is not touched: an empty database is filled up to where the service has applied the log.
    """
    scratch = f"{service}_rebuilt"
    asyncio.run(_renew(town, service, scratch))
    town.command(*_COMMAND, "--database", scratch, service, "migrate", seconds=SECONDS)
    asyncio.run(_copy_positions(town, service, scratch))
    town.command(*_COMMAND, "--database", scratch, service, "rebuild", seconds=SECONDS)
    live = town.command(*_COMMAND, service, "hash").splitlines()
    rebuilt = town.command(*_COMMAND, "--database", scratch, service, "hash").splitlines()
    if live == rebuilt:
        asyncio.run(_drop(town, scratch))
        return ""
    tables = [a.split()[1] for a, b in zip(live, rebuilt, strict=True) if a != b and a.split()[1] != service]
    return f"{service}: " + "; ".join(asyncio.run(_difference(town, service, scratch, table)) for table in tables)


async def _difference(town: Town, service: str, scratch: str, table: str) -> str:
    """Say in which columns a table's rows differ, how many rows in each way, and show one of each."""
    live, other = await _rows(town, service, table), await _rows(town, scratch, table)
    ways: dict[tuple[str, ...], list[str]] = {}
    for key in live.keys() | other.keys():
        one, two = live.get(key, {}), other.get(key, {})
        columns = tuple(sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name)))
        if columns:
            ways.setdefault(columns, []).append(key)
    shown = (
        f"{len(keys)} rows in {', '.join(columns)}, as {keys[0]}: "
        + ", ".join(
            f"{live.get(keys[0], {}).get(name)} live, {other.get(keys[0], {}).get(name)} rebuilt" for name in columns
        )
        for columns, keys in sorted(ways.items(), key=lambda way: len(way[1]))
    )
    return f"{table}: {' | '.join(shown)}"


async def _rows(town: Town, database: str, table: str) -> dict[str, dict[str, Any]]:
    connection = await asyncpg.connect(_url(town, database))
    try:
        keys = await connection.fetch(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a"
            " ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
            " WHERE i.indrelid = to_regclass($1) AND i.indisprimary",
            table,
        )
        found = [
            json.loads(row["row"]) for row in await connection.fetch(f'SELECT to_jsonb(t) AS row FROM "{table}" AS t')
        ]
        return {"/".join(str(row[key["attname"]]) for key in keys): row for row in found}
    finally:
        await connection.close()


async def _renew(town: Town, owner: str, name: str) -> None:
    await _drop(town, name)
    await _administer(town, f'CREATE DATABASE "{name}" OWNER "{owner}"')


async def _copy_positions(town: Town, service: str, scratch: str) -> None:
    """Say how far the log was applied, and what is parked: a rebuild keeps both."""
    live, other = await asyncpg.connect(_url(town, service)), await asyncpg.connect(_url(town, scratch))
    try:
        for table in ("consumer_offset", "parked"):
            rows = await live.fetch(f'SELECT * FROM "{table}"')
            if rows:
                columns = ", ".join(rows[0].keys())
                places = ", ".join(f"${n}" for n in range(1, len(rows[0]) + 1))
                await other.executemany(
                    f'INSERT INTO "{table}" ({columns}) OVERRIDING SYSTEM VALUE VALUES ({places})',
                    [tuple(row) for row in rows],
                )
        await other.execute("SELECT setval(pg_get_serial_sequence('parked', 'id'), max(id)) FROM parked")
    finally:
        await live.close()
        await other.close()


async def _drop(town: Town, name: str) -> None:
    await _administer(town, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _url(town: Town, database: str) -> str:
    return database_url(town.place.port("postgres"), database, "postgres", town.secrets["postgres_admin"])


async def _administer(town: Town, statement: str) -> None:
    connection = await asyncpg.connect(_url(town, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
