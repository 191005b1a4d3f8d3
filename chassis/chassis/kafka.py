"""The log on Kafka: one FastStream batch subscriber per process, and an aiokafka producer that honours partitions."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.schemas import Topic

from chassis import failpoints
from chassis.backoff import until_up
from chassis.hints import Hints
from chassis.history import read_history
from chassis.kafka_access import KafkaAccess, is_down
from chassis.log import Batch, Positions
from chassis.pace import Pace
from chassis.records import Outgoing, Place, Record
from chassis.seeking import Seeker

MAX_RECORDS = 2000
MAX_BATCH_BYTES = 1_000_000
MORE_MS = 10
_log = structlog.get_logger()


class KafkaLog:
    """Keeps the contract of `chassis.log.Log` on a Kafka cluster."""

    def __init__(self, access: KafkaAccess) -> None:
        self._access = access
        self._producer: AIOKafkaProducer | None = None
        self._inspector: AIOKafkaConsumer | None = None
        self._admin: AIOKafkaAdminClient | None = None
        self._broker: KafkaBroker | None = None
        self._hinting: asyncio.Task[None] | None = None
        self._seeker: Seeker | None = None

    async def start(self) -> None:
        """Connect, waiting with backoff for brokers that are down."""
        await until_up("Kafka", self._connect, is_down)

    async def _connect(self) -> None:
        client = self._access.client()
        self._producer = AIOKafkaProducer(
            **client, acks="all", enable_idempotence=True, linger_ms=0, max_batch_size=MAX_BATCH_BYTES
        )
        self._inspector = AIOKafkaConsumer(**client, group_id=None, enable_auto_commit=False)
        self._admin = AIOKafkaAdminClient(**client)
        await _start_all(self._producer, self._inspector, self._admin)

    async def stop(self) -> None:
        """Stop reading, then disconnect."""
        if self._hinting is not None:
            self._hinting.cancel()
        if self._broker is not None:
            await self._broker.stop()
        for client in (self._producer, self._inspector):
            if client is not None:
                await client.stop()
        if self._admin is not None:
            await self._admin.close()

    async def cluster_id(self) -> str:
        """Name the cluster, as it was formatted."""
        return str((await _up(self._admin).describe_cluster())["cluster_id"])

    # --- writing -------------------------------------------------------------------------------------------------

    async def append(self, records: Sequence[Outgoing]) -> None:
        """Append in order within each partition; returns once every record is acknowledged by all replicas."""
        by_place: dict[Place, list[Outgoing]] = defaultdict(list)
        for record in records:
            by_place[Place(record.topic, record.partition)].append(record)
        async with asyncio.TaskGroup() as sending:
            for place, group in by_place.items():
                sending.create_task(self._append_partition(place, group))

    async def _append_partition(self, place: Place, records: Sequence[Outgoing]) -> None:
        # One batch of a partition at a time: a failed batch must never be overtaken by the next.
        producer = _up(self._producer)
        batch = producer.create_batch()
        for record in records:
            if _add(batch, record) is None:
                await _send(producer, batch, place)
                batch = producer.create_batch()
                _add(batch, record)
        await _send(producer, batch, place)

    # --- reading -------------------------------------------------------------------------------------------------

    async def subscribe(self, topics: Sequence[str], apply: Batch, positions: Positions) -> None:
        """Join the group with one consumer over all topics; each newly owned partition is read from `positions`."""
        self._broker = KafkaBroker(
            self._access.bootstrap.split(","),
            client_id=f"{self._access.group}-{self._access.instance}",
            security=self._access.security(),
            graceful_timeout=3.0,
            logger=_faststream_logger(),
            apply_types=False,  # resolving one argument by name costs a thread for every batch
        )
        hints, pace = Hints(lambda at: _up(subscriber.consumer).commit(at)), Pace()
        seeker = self._seeker = Seeker(positions, self.beginnings, hints)
        subscriber = self._broker.subscriber(
            *(Topic(name, declare=False) for name in topics),  # FastStream would create a missing one with 1 partition
            batch=True,
            group_id=self._access.group,
            group_instance_id=f"{self._access.group}-{self._access.instance}",
            ack_policy=AckPolicy.MANUAL,  # PostgreSQL holds the truth; ours is explicit, after its commit
            auto_offset_reset="earliest",  # only until the seek; `offsets.claim` and the watchdog guard against jumps
            max_records=MAX_RECORDS,
            batch_timeout_ms=60,
            fetch_max_wait_ms=2_000,  # the broker answers as soon as it has anything
            fetch_max_bytes=4 * 1024 * 1024,
            max_partition_fetch_bytes=512 * 1024,
            session_timeout_ms=10_000,
            # By range, all topics of a request stay with one instance; a stranger who only takes turns may join.
            partition_assignment_strategy=(RangePartitionAssignor, RoundRobinPartitionAssignor),
            heartbeat_interval_ms=3_000,
            check_crcs=False,
            listener=seeker,
            decoder=_whole,
        )
        seeker.subscriber = subscriber

        @subscriber
        async def consume(message: KafkaMessage) -> None:
            raw = message.raw_message if isinstance(message.raw_message, tuple) else (message.raw_message,)
            if pace.begin():
                raw += await _more(subscriber.consumer)
            records = [_record(r) for r in raw]
            wanted = [r for r in records if seeker.wants(r)]
            if wanted:
                await apply(wanted)
            failpoints.at("batch.committed")
            hints.note(wanted)
            await pace.end(len(records))

        await until_up("Kafka", self._broker.start, is_down)
        self._hinting = asyncio.create_task(hints.run(), name=f"{self._access.group}-hints")

    def assigned(self) -> Sequence[Place]:
        """Tell which partitions this member reads now."""
        return self._seeker.places if self._seeker is not None else ()

    def history(self, until: Mapping[Place, int], rank: Callable[[str], int]) -> AsyncIterator[Sequence[Record]]:
        """Read once more from the beginning, merged by the time of appending."""
        return read_history(self._access, until, rank)

    async def ends(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Tell the next offset each partition will give."""
        found = await _up(self._inspector).end_offsets([TopicPartition(*p) for p in places])
        return {Place(tp.topic, tp.partition): offset for tp, offset in found.items()}

    async def committed(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Tell the group's own hint of where it is; places without one are absent."""
        wanted = set(places)

        async def asked() -> Any:  # a young cluster has no coordinator yet
            return await _up(self._admin).list_consumer_group_offsets(self._access.group)

        found = await until_up("the group's coordinator", asked, is_down)
        hints = {Place(tp.topic, tp.partition): meta.offset for tp, meta in found.items()}
        return {place: offset for place, offset in hints.items() if place in wanted and offset >= 0}

    async def beginnings(self, places: Sequence[Place]) -> Mapping[Place, int]:
        """Tell the oldest offset each partition still has."""
        found = await _up(self._inspector).beginning_offsets([TopicPartition(*p) for p in places])
        return {Place(tp.topic, tp.partition): offset for tp, offset in found.items()}


def _faststream_logger() -> logging.Logger:
    logger = logging.getLogger("relay311.faststream")
    logger.setLevel(logging.WARNING)  # it says "received" and "processed" for every batch
    return logger


async def _whole(message: KafkaMessage) -> Any:
    return message  # FastStream would parse each record; the chassis parses once, with its place kept


async def _more(consumer: Any) -> tuple[Any, ...]:
    found = await consumer.getmany(timeout_ms=MORE_MS, max_records=MAX_RECORDS)
    return tuple(record for records in found.values() for record in records)


def _record(raw: Any) -> Record:
    trace = next((v.decode() for k, v in raw.headers if k == "traceparent"), None) if raw.headers else None
    key = raw.key.decode("utf-8", "replace") if raw.key is not None else None
    return Record(raw.topic, raw.partition, raw.offset, key, raw.value, trace)


def _add(batch: Any, record: Outgoing) -> object | None:
    headers = [("traceparent", record.traceparent.encode())] if record.traceparent else []
    added: object | None = batch.append(timestamp=None, key=record.key.encode(), value=record.value, headers=headers)
    return added


async def _send(producer: Any, batch: Any, place: Place) -> None:
    sent = await producer.send_batch(batch, place.topic, partition=place.partition)
    failpoints.at("log.sent")
    await sent
    failpoints.at("log.acknowledged")


def _up(client: Any) -> Any:
    if client is None:
        raise RuntimeError("The log was used before it was started.")
    return client


async def _start_all(*clients: Any) -> None:
    started: list[Any] = []
    try:
        for client in clients:
            await client.start()
            started.append(client)
    except BaseException:
        for client in started:
            await (client.close() if hasattr(client, "close") else client.stop())
        raise
