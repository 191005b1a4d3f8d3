"""A log in memory that keeps the same contract as Kafka, for the choreography of all services in one process."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from chassis.log import Batch, Positions
from chassis.records import Outgoing, Place, Record

MAX_RECORDS = 2000


class MemoryCluster:
    """The partitions, shared by everyone who reads or writes."""

    def __init__(self, partitions: Callable[[str], int], cluster_id: str = "memory") -> None:
        self.partitions = partitions
        self.cluster_id = cluster_id
        self.records: dict[Place, list[Record]] = defaultdict(list)
        self.hints: dict[tuple[str, Place], int] = {}
        self.order: list[Record] = []
        self.grown = asyncio.Condition()

    async def append(self, records: Sequence[Outgoing]) -> None:
        """Append in order and wake the readers."""
        for r in records:
            kept = self.records[Place(r.topic, r.partition)]
            kept.append(Record(r.topic, r.partition, len(kept), r.key, r.value, r.traceparent))
            self.order.append(kept[-1])
        async with self.grown:
            self.grown.notify_all()

    def of_topic(self, topic: str) -> list[Record]:
        """List a topic's records, partition by partition."""
        return [r for p in range(self.partitions(topic)) for r in self.records[Place(topic, p)]]


class MemoryLog:
    """One group member's view of the cluster."""

    def __init__(self, cluster: MemoryCluster, group: str) -> None:
        self._cluster, self._group = cluster, group
        self._reader: asyncio.Task[None] | None = None
        self._assigned: Sequence[Place] = ()

    async def start(self) -> None:
        """Nothing to connect."""

    async def stop(self) -> None:
        """Stop reading."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)

    async def cluster_id(self) -> str:
        """Name the cluster."""
        return self._cluster.cluster_id

    async def append(self, records: Sequence[Outgoing]) -> None:
        """Append in order."""
        await self._cluster.append(records)

    async def subscribe(self, topics: Sequence[str], apply: Batch, positions: Positions) -> None:
        """Read from the given positions in a task of its own."""
        places = self._assigned = [Place(t, p) for t in topics for p in range(self._cluster.partitions(t))]
        known = await positions(places)
        at = {place: known.get(place, 0) for place in places}
        self._reader = asyncio.create_task(self._read(at, apply), name=f"{self._group}-reader")

    def assigned(self) -> Sequence[Place]:
        """Everything that was subscribed to: who reads here reads alone."""
        return self._assigned

    async def history(self, until: Mapping[Place, int], rank: Callable[[str], int]) -> AsyncIterator[Sequence[Record]]:
        """Give everything before these offsets in the order of appending; no two were appended at one moment."""
        del rank
        yield [record for record in self._cluster.order if record.offset < until.get(record.place, 0)]

    async def ends(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Count what is there."""
        return {place: len(self._cluster.records[place]) for place in places}

    async def beginnings(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Everything is kept, from 0."""
        return dict.fromkeys(places, 0)

    async def committed(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Give the hints kept."""
        return {p: self._cluster.hints[self._group, p] for p in places if (self._group, p) in self._cluster.hints}

    async def _read(self, at: dict[Place, int], apply: Batch) -> None:
        while True:
            async with self._cluster.grown:
                await self._cluster.grown.wait_for(lambda: any(self._fresh(p, n) for p, n in at.items()))
            batch = [r for place, n in at.items() for r in self._cluster.records[place][n:]][:MAX_RECORDS]
            await apply(batch)
            for record in batch:
                at[record.place] = self._cluster.hints[self._group, record.place] = record.offset + 1

    def _fresh(self, place: Place, position: int) -> bool:
        return len(self._cluster.records[place]) > position
