"""One agency at its desk: reads its inbox, works, reports on its outbox, and only then calls its inbox read."""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from time import monotonic
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from contracts.event import MalformedEvent, encode, open_envelope
from contracts.routing import AgencyNotice
from contracts.topics import inbox, outbox
from contracts.vocabulary import Clock
from relay311_drivers.simulator.reports import Agency, report_of
from relay311_drivers.simulator.settings import Settings
from relay311_drivers.simulator.workload import Spot, Work, Workload

MOST_AT_ONCE: Final = 2_000
"""Notices on a desk at once; more wait in the inbox."""

_IDLE_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 2.0
_FETCH_BYTES: Final = 256 * 1024


class Desk:
    """One agency's consumer, producer and work, under its own credentials."""

    def __init__(self, agency: Agency, settings: Settings) -> None:
        self._agency, self._settings = agency, settings
        self._principal = f"agency.{agency.slug}"
        self._inbox, self._outbox = inbox(agency.slug), outbox(agency.slug)
        self._work = Workload(agency.slug, settings.delay)
        self._committed: dict[int, int] = {}

    async def run(self, start: asyncio.Semaphore) -> None:
        """Work until cancelled; a broker that is away is waited for.

        `start` keeps the desks of a city from all signing in at once.
        """
        while True:
            try:
                await self._serve(start)
            except (KafkaError, OSError) as error:
                print(f"{self._principal} waits: {type(error).__name__}", file=sys.stderr)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _serve(self, start: asyncio.Semaphore) -> None:
        self._work, self._committed = Workload(self._agency.slug, self._settings.delay), {}
        consumer, producer = self._consumer(), self._producer()
        try:
            async with start:
                await consumer.start()
                await producer.start()
            while True:
                await self._turn(consumer, producer)
        finally:
            await producer.stop()
            await consumer.stop()

    async def _turn(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        """Read what is new, do what is due, then commit."""
        wait = self._work.wait(monotonic(), _IDLE_SECONDS)
        if len(self._work) < MOST_AT_ONCE:
            batches = await consumer.getmany(timeout_ms=int(wait * 1000), max_records=MOST_AT_ONCE)
            for records in batches.values():
                for record in records:
                    self._take(record)
        else:
            await asyncio.sleep(wait)
        work = self._work.due(monotonic())
        await self._publish(producer, work)
        self._work.settle(work)
        await self._commit(consumer)

    def _take(self, record: Any) -> None:
        """Put a record on the desk; imported history is left alone, whoever imports it plays its agencies."""
        spot = Spot(record.partition, record.offset)
        self._work.pass_over(spot)
        try:
            envelope = open_envelope(record.value or b"")
            if envelope.clock == Clock.EVENT:
                return
            notice = AgencyNotice.model_validate(envelope.data)
        except (MalformedEvent, ValidationError) as error:
            print(f"{self._inbox} {spot}: cannot be read: {type(error).__name__}", file=sys.stderr)
            return
        self._work.take(notice, spot, monotonic(), _trace_of(record) or envelope.traceparent)

    async def _publish(self, producer: AIOKafkaProducer, work: Sequence[Work]) -> None:
        """Report steps in order; returns when the log has them all."""
        now = datetime.now(UTC)
        sent = [await producer.send(self._outbox, **self._record(one, now)) for one in work]
        for acknowledged in sent:
            await acknowledged

    def _record(self, work: Work, now: datetime) -> dict[str, Any]:
        report = report_of(work.step, work.notice, self._agency, now)
        event_id = blake2b(f"{self._principal}|{report.update_id}".encode(), digest_size=16).hexdigest()
        value = encode(report, event_id, self._principal, now, traceparent=work.traceparent)
        headers = [("traceparent", work.traceparent.encode())] if work.traceparent else []
        return {"key": report.key.encode(), "value": value, "headers": headers}

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        done = self._work.done()
        moved = {part: offset for part, offset in done.items() if self._committed.get(part) != offset}
        assigned = consumer.assignment()
        offsets = {TopicPartition(self._inbox, part): offset for part, offset in moved.items()}
        if offsets and assigned.issuperset(offsets):
            await consumer.commit(offsets)
            self._committed |= moved

    def _consumer(self) -> AIOKafkaConsumer:
        return AIOKafkaConsumer(
            self._inbox,
            **self._settings.client(self._principal),
            group_id=self._principal,
            group_instance_id=f"{self._principal}.simulator",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_bytes=_FETCH_BYTES,
            max_partition_fetch_bytes=_FETCH_BYTES // 2,
            fetch_max_wait_ms=2_000,
        )

    def _producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(**self._settings.client(self._principal), acks="all", enable_idempotence=True)


def _trace_of(record: Any) -> str | None:
    return next((value.decode() for name, value in record.headers if name == "traceparent"), None)
