"""Reading the log once more from its beginning: all partitions merged in the order in which records were appended."""

import heapq
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.kafka_access import KafkaAccess
from chassis.records import Place, Record

CHUNK = 2000
FETCH_BYTES = 256 * 1024
Rank = Callable[[str], int]
"""Orders topics whose records were appended in the same millisecond: causes before what they caused."""


async def read_history(access: KafkaAccess, until: Mapping[Place, int], rank: Rank) -> AsyncIterator[list[Record]]:
    """Give what Kafka has before the offsets `until`; memory stays bounded by one fetch of each partition."""
    if not any(until.values()):
        return
    consumer = AIOKafkaConsumer(
        **access.client(),
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES,
        check_crcs=False,
    )
    await consumer.start()
    try:
        merge = _Merge(consumer, until, rank)
        await merge.open()
        while chunk := await merge.take(CHUNK):
            yield chunk
    finally:
        await consumer.stop()


class _Merge:
    """Partitions side by side; the oldest record of all goes next, and each partition keeps its own order."""

    def __init__(self, consumer: AIOKafkaConsumer, until: Mapping[Place, int], rank: Rank) -> None:
        self._consumer, self._rank = consumer, rank
        self._until = {TopicPartition(*place): offset for place, offset in until.items() if offset > 0}
        self._waiting: dict[TopicPartition, deque[Any]] = {}
        self._heads: list[tuple[int, int, TopicPartition]] = []

    async def open(self) -> None:
        """Stand at the beginning of every partition that has anything."""
        self._consumer.assign(list(self._until))
        oldest = await self._consumer.beginning_offsets(list(self._until))
        self._until = {tp: end for tp, end in self._until.items() if oldest[tp] < end}
        self._consumer.assign(list(self._until))
        for tp in self._until:
            self._consumer.seek(tp, oldest[tp])
            self._waiting[tp] = deque()
        await self._fill(set(self._until))

    async def take(self, most: int) -> list[Record]:
        """Take the next records; none when everything was given."""
        taken: list[Record] = []
        while self._heads and len(taken) < most:
            _, _, tp = heapq.heappop(self._heads)
            taken.append(_record(self._waiting[tp].popleft()))
            if self._waiting[tp]:
                self._push(tp)
            else:
                await self._fill({tp})
        return taken

    async def _fill(self, empty: set[TopicPartition]) -> None:
        """Fetch until each of these partitions has a record again, or has given all it had."""
        while empty:
            for tp, records in (await self._consumer.getmany(*empty, timeout_ms=200)).items():
                self._waiting[tp].extend(r for r in records if r.offset < self._until[tp])
            for tp in list(empty):
                if self._waiting[tp]:
                    self._push(tp)
                    empty.discard(tp)
                elif await self._consumer.position(tp) >= self._until[tp]:
                    empty.discard(tp)

    def _push(self, tp: TopicPartition) -> None:
        heapq.heappush(self._heads, (self._waiting[tp][0].timestamp, self._rank(tp.topic), tp))


def _record(raw: Any) -> Record:
    key = raw.key.decode("utf-8", "replace") if raw.key is not None else None
    return Record(raw.topic, raw.partition, raw.offset, key, raw.value)
