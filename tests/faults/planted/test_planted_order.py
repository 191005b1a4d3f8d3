"""Whoever appends to the outbox second commits second, so that the order of ids is the order of commits."""

import asyncio

import asyncpg
from sqlalchemy import MetaData, Table

from chassis.outbox import append_outbox, read_outbox
from chassis.records import Outgoing

OUTBOX = Table("outbox", MetaData())
SQL = (
    "CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY, topic text, part int, key text, value bytea,"
    " traceparent text)"
)


async def append(url: str, key: str, appended: asyncio.Event, go: asyncio.Event) -> None:
    """Append a record, and commit when told to."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await append_outbox(connection, OUTBOX, [Outgoing("request.created", 0, key, b"{}")])
            appended.set()
            await go.wait()
    finally:
        await connection.close()


async def test_the_order_of_ids_is_the_order_of_commits(database_url: str) -> None:
    administrator = await asyncpg.connect(database_url)
    await administrator.execute(SQL)
    there, late, go = asyncio.Event(), asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(append(database_url, "first", there, go))
    await there.wait()
    second = asyncio.create_task(append(database_url, "second", late, go))
    await asyncio.sleep(0.3)
    assert not late.is_set(), "the second was given an id before the first had committed"
    go.set()
    await asyncio.gather(first, second)
    assert [record.key for record in (await read_outbox(administrator, 9))[1]] == ["first", "second"]
    await administrator.close()
