"""Two members of a group hold the same batch: one applies it, the other waits and finds nothing left to do."""

import asyncio

import asyncpg

from chassis.offsets import claim
from chassis.records import Record

BATCH = [Record("request.created", 3, offset, "key", b"{}") for offset in range(2)]
TABLE = "CREATE TABLE consumer_offset (topic text, part int, next bigint NOT NULL, PRIMARY KEY (topic, part))"


async def apply(url: str, claimed: asyncio.Event, go: asyncio.Event) -> int:
    """Claim the batch, and commit when told to; returns how many records were there to be applied."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            fresh = await claim(connection, BATCH, lambda _topic: False)
            claimed.set()
            await go.wait()
        return len(fresh)
    finally:
        await connection.close()


async def test_a_batch_in_two_hands_is_applied_by_one(database_url: str) -> None:
    administrator = await asyncpg.connect(database_url)
    await administrator.execute(TABLE)
    await administrator.execute("INSERT INTO consumer_offset VALUES ('request.created', 3, 0)")
    await administrator.close()
    claimed, go, late = asyncio.Event(), asyncio.Event(), asyncio.Event()
    leader = asyncio.create_task(apply(database_url, claimed, go))
    await claimed.wait()
    zombie = asyncio.create_task(apply(database_url, late, go))
    await asyncio.sleep(0.3)
    assert not late.is_set(), "the second member did not wait for the first"
    go.set()
    assert (await leader, await zombie) == (2, 0)
