"""Several instances of a service: partitions that move while a batch is under way are applied once."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

import asyncpg
import pytest

from chassis.ids import partition_of, uuid7
from chassis.kafka import KafkaLog
from chassis.kafka_access import KafkaAccess
from chassis.log import Batch, Positions
from chassis.records import Outgoing, Record
from chassis.relay import CHANNEL
from chassis.running import Running
from chassis.settings import ServiceSettings
from contracts.event import RequestFacts, encode
from contracts.frontends import Place as Where
from contracts.intake import RequestCreated
from contracts.vocabulary import Operator
from relay311_local.testing import KafkaServer, PostgresServer

sys.path.insert(0, str(Path(__file__).parents[2] / "chassis" / "tests" / "tally"))
import tally

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
SECONDS = 40
Start: TypeAlias = Callable[..., Running]


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


class Held(KafkaLog):
    """A log whose reader can be held between the fetch of a batch and its transaction, as a frozen process is."""

    def __init__(self, access: KafkaAccess) -> None:
        super().__init__(access)
        self.goes_on, self.waiting = asyncio.Event(), asyncio.Event()
        self.goes_on.set()

    async def subscribe(self, topics: Sequence[str], apply: Batch, positions: Positions) -> None:
        async def later(batch: Sequence[Record]) -> None:
            if not self.goes_on.is_set():
                self.waiting.set()
            await self.goes_on.wait()
            await apply(batch)

        await super().subscribe(topics, later, positions)


@pytest.fixture
def instance(city_log: KafkaServer, database: str) -> Start:
    def make(number: str, group: str, log: type[KafkaLog] = KafkaLog) -> Running:
        settings = ServiceSettings(database_url=database, kafka_bootstrap=city_log.bootstrap, instance=number)
        return Running(tally.build(settings), log(KafkaAccess(city_log.bootstrap, group, number)))

    return make


async def publish(running: Running, count: int) -> None:
    about = RequestFacts(tracking_number="T", service_code="pothole", opened_at=NOW)
    made = [
        RequestCreated(request_id=uuid7(NOW), sequence=1, about=about, place=Where(), operator=Operator.CITY_311)
        for _ in range(count)
    ]
    await running._log.append(
        [Outgoing(e.TYPE, partition_of(e.key, 12), e.key, encode(e, e.key, "intake", NOW)) for e in made]
    )


async def until(holds: Callable[[], bool], *at_work: Running) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():
            for running in at_work:
                assert running.failed is not None
                assert not running.failed.done(), running.failed
            await asyncio.sleep(0.05)


async def all_applied(database: str, count: int, *at_work: Running) -> None:
    """Wait until as many requests are tallied and nothing is behind; each must have been applied once."""
    connection = await asyncpg.connect(database)
    done: list[int] = []
    try:
        async with asyncio.timeout(SECONDS):
            while len(done) < count or await behind(connection, at_work[0]):
                await asyncio.sleep(0.05)
                done = [row["applied"] for row in await connection.fetch("SELECT applied FROM tally")]
        await until(lambda: True, *at_work)
    finally:
        await connection.close()
    assert done == [1] * count


async def behind(connection: asyncpg.Connection, running: Running) -> bool:
    ends = await running._log.ends(running._places())
    at = {(row["topic"], row["part"]): row["next"] for row in await connection.fetch("SELECT * FROM consumer_offset")}
    return any(end > at.get((place.topic, place.partition), 0) for place, end in ends.items())


@asynccontextmanager
async def tally_locked(database: str) -> AsyncIterator[asyncpg.Connection]:
    """Let every handler wait in the midst of its transaction, its positions locked, until this one is closed."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("BEGIN; LOCK TABLE tally IN ACCESS EXCLUSIVE MODE")
        yield connection
    finally:
        await connection.close()


async def test_instances_share_the_partitions(instance: Start, database: str) -> None:
    async with instance("1", "shared") as one, instance("2", "shared") as two:
        await until(lambda: len(one._log.assigned()) == len(two._log.assigned()) == 6, one, two)
        await publish(one, 600)
        await all_applied(database, 600, one, two)
        assert one.metrics.progress
        assert two.metrics.progress


async def test_the_one_that_does_not_lead_tells_the_leader_of_its_commits(instance: Start, database: str) -> None:
    told, connection = asyncio.Event(), await asyncpg.connect(database)
    try:
        async with instance("1", "led") as one, instance("2", "led") as two:
            await connection.add_listener(CHANNEL, lambda *_: told.set())
            await asyncio.gather(commit(one), commit(two))  # whoever leads need not be told
            async with asyncio.timeout(SECONDS):
                await told.wait()
    finally:
        await connection.close()


async def commit(running: Running) -> None:
    async with running.database.transaction() as tx:
        tx.send(Outgoing("request.promised", 0, "k", b"{}"))


async def test_what_moves_while_its_transaction_is_open_is_applied_once(instance: Start, database: str) -> None:
    async with instance("1", "moved") as one:
        await publish(one, 24)
        await all_applied(database, 24, one)
        async with tally_locked(database) as lock:
            await publish(one, 600)
            async with instance("2", "moved") as two:
                await until(lambda: len(two._log.assigned()) == 6, one, two)
                await asyncio.sleep(1)  # the second now waits for positions that the first still holds
                await lock.close()
                await all_applied(database, 624, one, two)


async def test_who_wakes_with_a_batch_that_another_has_applied_skips_it(instance: Start, database: str) -> None:
    async with instance("1", "overtaken", Held) as one:
        log = one._log
        assert isinstance(log, Held)
        await publish(one, 24)
        await all_applied(database, 24, one)
        log.goes_on.clear()
        await publish(one, 600)
        await log.waiting.wait()
        async with instance("2", "overtaken") as two:
            await until(lambda: len(two._log.assigned()) == 6 and bool(two.metrics.progress), one, two)
            log.goes_on.set()
            await all_applied(database, 624, one, two)
            await publish(one, 100)
            await all_applied(database, 724, one, two)
    async with instance("1", "overtaken") as again:  # whoever is left reads on where the others were
        await publish(again, 100)
        await all_applied(database, 824, again)
