"""One suite for the log's contract, run against memory and against real Kafka."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from uuid import uuid4

import pytest

from chassis.kafka import KafkaLog
from chassis.kafka_access import KafkaAccess
from chassis.log import Log
from chassis.memory import MemoryCluster, MemoryLog
from chassis.records import Outgoing, Place, Record
from relay311_local.testing import KafkaServer

PARTITIONS = 3
MakeLog = Callable[[str], Log]


@pytest.fixture
def topic(kafka: KafkaServer) -> str:
    name = f"contract-{uuid4().hex[:8]}"
    kafka.create_topics({name: PARTITIONS})
    return name


@pytest.fixture(params=["memory", "kafka"])
async def make_log(request: pytest.FixtureRequest, kafka: KafkaServer) -> AsyncIterator[MakeLog]:
    cluster, made = MemoryCluster(lambda _topic: PARTITIONS), []

    def make(group: str) -> Log:
        log = MemoryLog(cluster, group) if request.param == "memory" else KafkaLog(KafkaAccess(kafka.bootstrap, group))
        made.append(log)
        return log

    yield make
    for log in made:
        await log.stop()


class Reader:
    """Collects what a log hands over."""

    def __init__(self, positions: dict[Place, int] | None = None) -> None:
        self.records: list[Record] = []
        self._positions = positions or {}

    async def apply(self, batch: Sequence[Record]) -> None:
        self.records += batch

    async def positions(self, places: Sequence[Place]) -> dict[Place, int]:
        return {p: n for p, n in self._positions.items() if p in places}

    async def until(self, count: int) -> list[Record]:
        async with asyncio.timeout(20):
            while len(self.records) < count:
                await asyncio.sleep(0.02)
        return self.records


def numbered(topic: str, partition: int, count: int) -> list[Outgoing]:
    return [Outgoing(topic, partition, f"k{n % 5}", str(n).encode()) for n in range(count)]


async def test_records_keep_their_partition_and_order(make_log: MakeLog, topic: str) -> None:
    log, reader = make_log(f"g-{topic}"), Reader()
    await log.start()
    await log.append([r for pair in zip(numbered(topic, 0, 5000), numbered(topic, 2, 5000), strict=True) for r in pair])
    await log.subscribe([topic], reader.apply, reader.positions)
    read = await reader.until(10_000)
    for partition in (0, 2):
        there = [r for r in read if r.partition == partition]
        assert [int(r.value or b"") for r in there] == list(range(5000))
        assert [r.offset for r in there] == list(range(5000))
    assert await log.ends([Place(topic, p) for p in range(PARTITIONS)]) == {
        Place(topic, 0): 5000,
        Place(topic, 1): 0,
        Place(topic, 2): 5000,
    }


async def test_reading_begins_where_the_reader_says(make_log: MakeLog, topic: str) -> None:
    log, reader = make_log(f"g-{topic}"), Reader({Place(topic, 1): 7})
    await log.start()
    await log.append([*numbered(topic, 1, 10), *numbered(topic, 0, 2)])
    await log.subscribe([topic], reader.apply, reader.positions)
    read = await reader.until(5)
    assert sorted((r.partition, r.offset) for r in read) == [(0, 0), (0, 1), (1, 7), (1, 8), (1, 9)]


async def test_tombstones_and_traces_travel(make_log: MakeLog, topic: str) -> None:
    log, reader = make_log(f"g-{topic}"), Reader()
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await log.start()
    await log.append([Outgoing(topic, 0, "a", None, trace)])
    await log.subscribe([topic], reader.apply, reader.positions)
    assert await reader.until(1) == [Record(topic, 0, 0, "a", None, trace)]


async def test_the_committed_position_is_a_hint_of_what_was_applied(make_log: MakeLog, topic: str) -> None:
    log, reader = make_log(f"g-{topic}"), Reader()
    await log.start()
    await log.append(numbered(topic, 0, 3))
    await log.subscribe([topic], reader.apply, reader.positions)
    await reader.until(3)
    async with asyncio.timeout(20):
        while (await log.committed([Place(topic, 0)])).get(Place(topic, 0)) != 3:
            await asyncio.sleep(0.05)


async def test_a_second_start_names_the_same_cluster(make_log: MakeLog, topic: str) -> None:
    first, second = make_log(f"a-{topic}"), make_log(f"b-{topic}")
    await asyncio.gather(first.start(), second.start())
    assert await first.cluster_id() == await second.cluster_id()
    assert await first.cluster_id()


async def test_history_is_merged_in_the_order_of_appending_and_ends_where_it_is_told(
    make_log: MakeLog, topic: str
) -> None:
    log = make_log("historian")
    await log.start()
    for n in range(30):  # one after the other, so that each has a moment of its own
        await log.append([Outgoing(topic, n % PARTITIONS, f"k{n}", b"%d" % n)])
        await asyncio.sleep(0.002)
    await log.append([Outgoing(topic, 0, "k0", None)])
    until = {Place(topic, 0): 11, Place(topic, 1): 10, Place(topic, 2): 4}
    found = [record async for chunk in log.history(until, {topic: 0}.__getitem__) for record in chunk]
    wanted = [f"k{n}" for n in range(30) if n % PARTITIONS != 2 or n < 12]
    assert [record.key for record in found] == [*wanted, "k0"]
    assert found[-1].value is None
    assert {p: max(r.offset for r in found if r.place == p) + 1 for p in until} == until


async def test_an_empty_log_has_no_history(make_log: MakeLog, topic: str) -> None:
    log = make_log("historian")
    await log.start()
    assert [c async for c in log.history({Place(topic, 0): 0}, {topic: 0}.__getitem__) if c] == []
