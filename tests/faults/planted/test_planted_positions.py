"""A stored position is where the next batch begins: no record is left out, and none waits for a batch to come."""

import asyncpg

from chassis.offsets import claim, stored
from chassis.records import Place, Record

TABLE = "CREATE TABLE consumer_offset (topic text, part int, next bigint NOT NULL, PRIMARY KEY (topic, part))"
PLACE = Place("request.created", 3)


def batch(first: int) -> list[Record]:
    """Read two records."""
    return [Record(*PLACE, offset, "key", b"{}") for offset in (first, first + 1)]


async def test_one_batch_begins_where_the_last_one_ended(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute(TABLE)
    for first in (0, 2, 4):
        async with connection.transaction():
            assert await claim(connection, batch(first), lambda _topic: False) == batch(first)
        assert await stored(connection, [PLACE]) == {PLACE: first + 2}
    await connection.close()
