"""Where a member of the group begins to read a partition it is given: where PostgreSQL says, not where Kafka does."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from faststream.kafka.subscriber.usecase import BatchSubscriber

from chassis.backoff import until_up
from chassis.hints import Hints
from chassis.kafka_access import is_down
from chassis.log import Positions
from chassis.records import Place, Record

_log = structlog.get_logger()


class Seeker(ConsumerRebalanceListener):  # type: ignore[misc]
    """On every assignment, goes to where PostgreSQL says."""

    def __init__(self, positions: Positions, beginnings: Callable[[Sequence[Place]], Any], hints: Hints) -> None:
        self._positions, self._beginnings, self._hints = positions, beginnings, hints
        self.subscriber: BatchSubscriber | None = None
        self._sought: dict[Place, int] = {}

    @property
    def places(self) -> Sequence[Place]:
        """The partitions that are read."""
        return tuple(self._sought)

    def wants(self, record: Record) -> bool:
        """Tell whether a record was read after the seek; what was fetched before it will come again."""
        return record.offset >= self._sought.get(record.place, sys.maxsize)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Forget where we were; a batch in flight is fenced by its offset rows."""
        places = [Place(tp.topic, tp.partition) for tp in revoked]
        self._hints.forget(places)
        for place in places:
            self._sought.pop(place, None)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Seek each partition to the database's position, or to its beginning."""
        if not assigned:
            return
        places = [Place(tp.topic, tp.partition) for tp in assigned]
        known = await self._positions(places)
        beginnings = await until_up("Kafka, to know where to read on", partial(self._beginnings, places), is_down)
        consumer: Any = self.subscriber.consumer if self.subscriber else None
        if consumer is None:
            raise RuntimeError("Partitions were assigned to a reader that was not started.")
        for place in places:
            position = max(known.get(place, 0), beginnings.get(place, 0))
            consumer.seek(TopicPartition(*place), position)
            self._sought[place] = position
        _log.info("partitions assigned", count=len(places))
