"""Consuming: a batch is one transaction, each event is applied once, and what can never be applied is parked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError

from chassis import failpoints, offsets
from chassis.backoff import until_up
from chassis.database import Database, is_transient
from chassis.errors import FatalError
from chassis.metrics import Metrics
from chassis.opening import open_record
from chassis.parking import Park, parked_keys
from chassis.records import Place, Received, Record
from chassis.telemetry import Telemetry
from chassis.topology import Topology
from chassis.transaction import Transaction
from contracts.event import Event, MalformedEvent

E = TypeVar("E", bound=Event)
Handler = Callable[[Transaction, Sequence[Received[Any]]], Awaitable[None]]
Eraser = Callable[[Transaction, Sequence[str]], Awaitable[None]]
BEHIND = ("behind_parked", "An earlier record of this key is parked; re-drive that first.")
Apply = Callable[[Transaction, Sequence[Record]], Awaitable[int]]
_log = structlog.get_logger()


class _SomeAreParkedError(Exception):
    """A batch holds records that wait behind parked ones."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """An event type and the handler that takes it, in batches; `erased` takes the keys of tombstones."""

    event: type[Event]
    handler: Handler
    erased: Eraser | None = None


def on(event: type[E], handler: Handler, erased: Eraser | None = None) -> Subscription:
    """Say which handler takes an event type."""
    return Subscription(event, handler, erased)


def _safe_words(error: Exception) -> str:
    """Say what is wrong without repeating the record's own words, which may be personal."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())[:2000]
    return f"{type(error).__name__}: {error}"[:2000]


class Consumer:
    """Applies batches of one service's subscriptions."""

    def __init__(
        self,
        service: str,
        subscriptions: Sequence[Subscription],
        database: Database,
        topology: Topology,
        telemetry: Telemetry,
        metrics: Metrics,
    ) -> None:
        self._service, self._database, self._telemetry, self._metrics = service, database, telemetry, metrics
        self._topology = topology
        self._by_type = {s.event.TYPE: s for s in subscriptions}
        self._of_topic = {topic: s for s in subscriptions for topic in topology.of_type(s.event.TYPE, service)}

    @property
    def topics(self) -> tuple[str, ...]:
        """Every topic read."""
        return tuple(self._of_topic)

    async def apply(self, batch: Sequence[Record]) -> None:
        """Apply a batch: returns once its transaction has committed, and retries for as long as it must."""
        await until_up("PostgreSQL, to apply a batch", partial(self._apply, batch), is_transient)

    async def _apply(self, batch: Sequence[Record]) -> None:
        traces = [record.traceparent for record in batch]
        with self._telemetry.batch(f"{self._service} batch", traces):
            try:
                applied = await self._attempt(batch, self._apply_at_once)
            except Exception as error:  # whatever it was, the careful way finds whose it is
                if is_transient(error) or isinstance(error, FatalError):
                    raise
                applied = await self._attempt(batch, self._apply_carefully)
        self._metrics.consumed(batch, applied)
        _log.info("batch applied", records=len(batch), applied=applied)

    async def _attempt(self, batch: Sequence[Record], apply: Apply) -> int:
        async with self._database.transaction() as tx:
            fresh = await offsets.claim(tx.connection, batch, self._topology.may_jump)
            failpoints.at("batch.claimed")
            return await apply(tx, fresh) if fresh else 0

    async def _apply_at_once(self, tx: Transaction, fresh: Sequence[Record]) -> int:
        """Apply a batch of which every record can be applied, which is nearly every batch."""
        if await parked_keys(tx, fresh):
            raise _SomeAreParkedError
        await self._dispatch(tx, fresh)
        return len(fresh)

    async def _apply_carefully(self, tx: Transaction, fresh: Sequence[Record]) -> int:
        park, parked = Park(self._service), await parked_keys(tx, fresh)
        waiting = [r for r in fresh if (r.topic, r.key) in parked]
        for record in waiting:
            park.put(tx, record, *BEHIND)
        await self._apply_records(tx, [r for r in fresh if (r.topic, r.key) not in parked], park)
        await park.save(tx)
        return len(fresh) - len(waiting)

    async def _apply_records(self, tx: Transaction, records: Sequence[Record], park: Park) -> None:
        """Apply records that are due; halve a failing batch down to its culprit, and park that one's key."""
        if not records:
            return
        try:
            async with tx.savepoint():
                await self._dispatch(tx, records)
        except Exception as error:  # the one place where any failure has an answer: isolate and park
            if is_transient(error) or isinstance(error, FatalError):
                raise
            await self._isolate(tx, records, park, error)

    async def redrive(self, tx: Transaction, records: Sequence[Record]) -> int:
        """Apply parked records again, in order; returns how many were parked anew."""
        park = Park(self._service)
        await self._apply_records(tx, records, park)
        return await park.save(tx)

    async def _isolate(self, tx: Transaction, records: Sequence[Record], park: Park, error: Exception) -> None:
        if len(records) == 1:
            reason = "malformed" if isinstance(error, MalformedEvent | ValidationError) else "refused"
            park.put(tx, records[0], reason, _safe_words(error))
            return
        middle = len(records) // 2
        await self._apply_records(tx, records[:middle], park)
        behind = [r for r in records[middle:] if park.holds(r)]
        await self._apply_records(tx, [r for r in records[middle:] if not park.holds(r)], park)
        for record in behind:
            park.put(tx, record, *BEHIND)

    async def _dispatch(self, tx: Transaction, records: Sequence[Record]) -> None:
        opened = [self._open(tx, record) for record in records]
        heard = [received for received in opened if received is not None]
        new = await offsets.first_seen(tx.connection, [r.id for r in heard], [r.at for r in heard])
        groups: dict[str, list[Received[Any]]] = {}
        for received in heard:
            if received.id in new:
                new.discard(received.id)  # the same event twice within one batch
                groups.setdefault(received.event.TYPE, []).append(received)
        erased = self._tombstones(records)
        for subscription in self._by_type.values():  # in the order of the service's own table
            if subscription.event.TYPE in groups:
                await self._handle(tx, subscription, groups[subscription.event.TYPE])
            if subscription.erased is not None and subscription.event.TYPE in erased:
                await subscription.erased(tx, erased[subscription.event.TYPE])

    async def _handle(self, tx: Transaction, subscription: Subscription, group: list[Received[Any]]) -> None:
        spans = [self._telemetry.consumer_span(r.topic, r.traceparent) for r in group if r.traceparent]
        try:
            await subscription.handler(tx, group)
        finally:
            for span in spans:
                if span is not None:
                    span.end()

    def _open(self, tx: Transaction, record: Record) -> Received[Any] | None:
        if record.value is None:
            return None
        topic, expected = self._topology.topics[record.topic], self._of_topic[record.topic].event
        return open_record(record, record.value, topic, expected, tx.now)

    def _tombstones(self, records: Sequence[Record]) -> Mapping[str, list[str]]:
        last = {(r.topic, r.key): r for r in records if r.key is not None}  # what follows an erasure stands
        erased: dict[str, list[str]] = {}
        for (topic, key), record in last.items():
            if record.value is None:
                erased.setdefault(self._of_topic[topic].event.TYPE, []).append(str(key))
        return erased

    async def positions(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Tell where PostgreSQL says each partition is to be read from; waits for a database that is away."""

        async def asked() -> Mapping[Place, int]:
            async with self._database.reads() as reads:
                return await offsets.stored(reads.connection, places)

        return await until_up("PostgreSQL, to know where to read on", asked, is_transient)
