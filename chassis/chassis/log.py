"""The log as the chassis sees it: one contract, kept by Kafka and by memory alike."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Protocol, TypeAlias

from chassis.records import Outgoing, Place, Record

Batch: TypeAlias = Callable[[Sequence[Record]], Awaitable[None]]
"""Applies a batch, or does not return."""

Positions: TypeAlias = Callable[[Sequence[Place]], Awaitable[Mapping[Place, int]]]
"""Tells where to go on reading; a place not answered is read from its beginning."""


class Log(Protocol):
    """Partitions of records in order. Appended once acknowledged; read in batches from where the reader says."""

    async def start(self) -> None:
        """Connect, waiting with backoff for a log that is down."""

    async def stop(self) -> None:
        """Stop reading, then disconnect."""

    async def cluster_id(self) -> str:
        """Name the log itself; another name means another log."""

    async def append(self, records: Sequence[Outgoing]) -> None:
        """Append in order within each partition; returns once every record is acknowledged."""

    async def subscribe(self, topics: Sequence[str], apply: Batch, positions: Positions) -> None:
        """Read topics as a member of this log's group, each newly owned partition from its given position."""

    def assigned(self) -> Sequence[Place]:
        """Tell which partitions this member of the group reads now; another may read the others."""

    def history(self, until: Mapping[Place, int], rank: Callable[[str], int]) -> AsyncIterator[Sequence[Record]]:
        """Read partitions once more from their beginning up to these offsets, merged in the order of appending.

        `rank` orders topics whose records were appended at the same moment. It needs no group.
        """

    async def ends(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Tell the next offset each partition will give."""

    async def beginnings(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Tell the oldest offset each partition still has."""

    async def committed(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Tell the group's own hint of where it is; places without one are absent."""
