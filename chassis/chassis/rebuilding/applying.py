"""Applying the log again: rows and timers are written, and nothing leaves, is noted or is decided."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import asyncpg
from pydantic import ValidationError

from chassis import offsets
from chassis.consuming import BEHIND, Subscription
from chassis.database import is_transient
from chassis.errors import FatalError
from chassis.opening import open_record
from chassis.principals import Principal
from chassis.records import Cause, Outgoing, Received, Record
from chassis.service import Service
from chassis.telemetry import Telemetry
from chassis.topology import Topology
from chassis.transaction import Transaction
from contracts.event import Event, MalformedEvent

START = datetime(1970, 1, 1, tzinfo=UTC)


class RestoringTransaction(Transaction):
    """Writes rows and timers; what would leave or be noted has left and been noted long ago."""

    rebuilding = True

    def publish(
        self,
        event: Event,
        because: Cause,
        topic: str | None = None,
        at: datetime | None = None,  # noqa: ARG002 - as the live one is called
        clock: str | None = None,  # noqa: ARG002
    ) -> str:
        """Publish nothing; the log has it."""
        return self._next_id(topic or event.TYPE, because.id)

    def tombstone(self, topic: str, key: str, because: Cause) -> None:
        """Erase nothing; the log has it."""

    def audit(self, principal: Principal, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        """Note nothing; the audit was kept."""

    def send(self, outgoing: Outgoing) -> None:
        """Send nothing."""

    async def flush(self) -> int:
        """Write the promises alone."""
        await self.keep_promises()
        return 0


@dataclass(frozen=True, slots=True)
class Item:
    """A record to apply: opened, a tombstone (`received` None), or one that cannot be opened (`fault`)."""

    record: Record
    event_type: str
    received: Received[Any] | None = None
    fault: Exception | None = None


class Restorer:
    """Applies the merged log to one service's database, batch by batch."""

    def __init__(self, service: Service, subscriptions: Sequence[Subscription], topology: Topology) -> None:
        self._service, self._topology = service, topology
        self._order = {s.event.TYPE: n for n, s in enumerate(subscriptions)}
        self._subscriptions = {s.event.TYPE: s for s in subscriptions}
        self._telemetry = Telemetry.over_http(service.name, None, 0.0)
        self._held: set[tuple[str, str | None]] = set()
        self.parked = self.left_out = 0

    async def apply(
        self, connection: asyncpg.Connection, batch: Sequence[Record], skip: Collection[tuple[str, int, int]]
    ) -> None:
        """Apply a batch as one transaction, but for the records at the places `skip`, which are parked."""
        wanted = [r for r in batch if (r.topic, r.partition, r.offset) not in skip]
        async with connection.transaction():
            tx = self.transaction(connection)
            for record, reason in await self._apply(tx, await self._unseen(tx, self._open_all(wanted))):
                await self._park(tx, record, reason)
            await tx.flush()

    def transaction(self, connection: asyncpg.Connection) -> RestoringTransaction:
        """Make what a restoring handler works in; its time is that of what is told."""
        made = (START, self._service.name, self._topology, self._telemetry, self._service.metadata)
        return RestoringTransaction(connection, *made)

    # --- opening -------------------------------------------------------------------------------------------------

    def _open_all(self, records: Sequence[Record]) -> list[Item]:
        items = []
        for record in records:
            try:
                items.append(self._open(record))
            except (MalformedEvent, ValidationError) as error:
                items.append(Item(record, self._topology.topics[record.topic].event.TYPE, fault=error))
        return items

    def _open(self, record: Record) -> Item:
        topic = self._topology.topics[record.topic]
        if record.value is None:
            return Item(record, topic.event.TYPE)
        return Item(record, topic.event.TYPE, open_record(record, record.value, topic, topic.event, None))

    async def _unseen(self, tx: Transaction, items: Sequence[Item]) -> list[Item]:
        """Note inputs in the inbox and drop repeats; our own events were never received, and guard themselves."""
        inputs = [i.received for i in items if i.received is not None and not self._is_own(i.record)]
        new = (
            await offsets.first_seen(tx.connection, [r.id for r in inputs], [r.at for r in inputs]) if inputs else set()
        )
        kept = []
        for item in items:
            if item.received is None or self._is_own(item.record):
                kept.append(item)
            elif item.received.id in new:
                new.discard(item.received.id)
                kept.append(item)
        return [item for item in kept if item.event_type in self._subscriptions]

    def _is_own(self, record: Record) -> bool:
        return self._topology.topics[record.topic].producer == self._service.name

    # --- applying ------------------------------------------------------------------------------------------------

    async def _apply(self, tx: Transaction, items: Sequence[Item]) -> list[tuple[Record, str]]:
        """Apply in order; returns what could not be applied, found by halving, with what waits behind it, and why."""
        free = [item for item in items if (item.record.topic, item.record.key) not in self._held]
        behind = [(i.record, BEHIND[0]) for i in items if (i.record.topic, i.record.key) in self._held]
        try:
            async with tx.savepoint():
                await self._apply_waves(tx, free)
        except Exception as error:  # as in consuming: any failure is isolated and parked
            if is_transient(error) or isinstance(error, FatalError):
                raise
            return behind + await self._isolate(tx, free, error)
        return behind

    async def _isolate(self, tx: Transaction, items: Sequence[Item], error: Exception) -> list[tuple[Record, str]]:
        if len(items) == 1:
            record = items[0].record
            if items[0].fault is not None and self._is_own(record):
                self.left_out += 1  # the service never wrote it, and never read it either: it stands for nothing
                return []
            if record.key is not None:
                self._held.add((record.topic, record.key))
            return [(record, "malformed" if items[0].fault else f"refused: {type(error).__name__}")]
        middle = len(items) // 2
        return [*await self._apply(tx, items[:middle]), *await self._apply(tx, items[middle:])]

    async def _apply_waves(self, tx: Transaction, items: Sequence[Item]) -> None:
        faults = [item.fault for item in items if item.fault is not None]
        if faults:
            raise faults[0]
        for wave in waves(items, self._order):
            await self._dispatch(tx, wave)

    async def _dispatch(self, tx: Transaction, wave: Sequence[Item]) -> None:
        for event_type, subscription in self._subscriptions.items():
            group = [item for item in wave if item.event_type == event_type]
            received = [item.received for item in group if item.received is not None]
            erased = [str(item.record.key) for item in group if item.received is None]
            if received:
                tx.now = max(r.at for r in received)  # the time of what is told again
                await subscription.handler(tx, received)
            if erased and subscription.erased is not None:
                await subscription.erased(tx, erased)

    async def _park(self, tx: Transaction, record: Record, reason: str) -> None:
        row = {
            "topic": record.topic,
            "part": record.partition,
            "log_offset": record.offset,
            "key": record.key,
            "value": record.value,
            "reason": reason.partition(":")[0],
            "detail": f"Found by a rebuild: {reason}.",
            "parked_at": datetime.now(UTC),
        }
        await tx.insert(tx.table("parked"), [row])
        self.parked += 1


def waves(items: Iterable[Item], order: Mapping[str, int]) -> list[list[Item]]:
    """Cut items so that grouping each wave by type in `order` never turns two events of one key around."""
    found: list[list[Item]] = []
    last: dict[str | None, tuple[int, int]] = {}  # key -> (wave, place of its type)
    for item in items:
        place = order[item.event_type]
        wave, before = last.get(item.record.key, (0, -1))
        wave += place < before or (item.received is None and before >= 0)
        last[item.record.key] = wave, place if item.received is not None else len(order)
        if wave == len(found):
            found.append([])
        found[wave].append(item)
    return found
