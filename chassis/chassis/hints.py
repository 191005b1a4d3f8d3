"""Hints: how far a group has come, told to the log now and then for those who watch; PostgreSQL holds the truth."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from chassis import failpoints
from chassis.records import Place, Record

HINT_SECONDS = 1.0
"""Telling after every batch would cost the broker a write each time."""
Commit = Callable[[Mapping[TopicPartition, int]], Awaitable[None]]
_log = structlog.get_logger()


class Hints:
    """Keeps what was applied since the log was last told; a hint must never run ahead of the database."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._at: dict[Place, int] = {}

    def note(self, applied: Sequence[Record]) -> None:
        """Note records whose transaction has committed."""
        for record in applied:
            self._at[record.place] = record.offset + 1

    def forget(self, places: Iterable[Place]) -> None:
        """Leave partitions to their next reader."""
        for place in places:
            self._at.pop(place, None)

    async def tell(self) -> None:
        """Tell the log what was noted; a lost hint costs nothing."""
        at, self._at = self._at, {}
        if not at:
            return
        try:
            await self._commit({TopicPartition(*place): position for place, position in at.items()})
            failpoints.at("hint.after")
        except KafkaError as error:
            _log.warning("hint not committed", error=type(error).__name__)

    async def run(self) -> None:
        """Tell now and then, until cancelled."""
        while True:
            await asyncio.sleep(HINT_SECONDS)
            await self.tell()
