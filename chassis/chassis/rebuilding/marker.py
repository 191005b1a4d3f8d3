"""The mark of a rebuild under way: how far each input had been applied; while it stands, the service does not start."""

from collections.abc import Mapping

import asyncpg

from chassis.errors import FatalError
from chassis.records import Place

_SET = "INSERT INTO rebuilding (topic, part, next) SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])"


async def marked(connection: asyncpg.Connection) -> dict[Place, int] | None:
    """Return the positions of a rebuild that did not finish, or None."""
    if await connection.fetchval("SELECT to_regclass('rebuilding')") is None:
        return None
    found = await connection.fetch("SELECT topic, part, next FROM rebuilding")
    return {Place(r["topic"], r["part"]): r["next"] for r in found}


async def mark(connection: asyncpg.Connection, positions: Mapping[Place, int]) -> None:
    """Note where the service had been, before anything is emptied."""
    await connection.execute("CREATE TABLE rebuilding (topic text, part int, next bigint, PRIMARY KEY (topic, part))")
    await connection.execute(
        _SET, [p.topic for p in positions], [p.partition for p in positions], [*positions.values()]
    )


async def unmark(connection: asyncpg.Connection) -> None:
    """Say that the rebuild is done."""
    await connection.execute("DROP TABLE rebuilding")


async def refuse_unfinished(connection: asyncpg.Connection) -> None:
    """Raise FatalError while a rebuild is under way or was broken off."""
    if await marked(connection) is not None:
        raise FatalError(
            "This database is being rebuilt, or a rebuild of it was broken off. Let it finish, or run `rebuild` again."
        )
