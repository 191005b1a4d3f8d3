"""Whether a service rebuilt from offset 0 is the one that lived: into a database of its own, beside the running one."""

import asyncio
from typing import Final

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
    pairs = [f"{a} live, {b} rebuilt" for a, b in zip(live, rebuilt, strict=True) if a != b]
    return f"{service}: {'; '.join(pairs)}; the rebuilt database {scratch} is kept"


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
