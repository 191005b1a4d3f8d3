"""Reads and writes the platform's log as one of its principals, as any program outside would."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from contracts.event import Envelope, open_envelope
from contracts.topics import TOPICS
from relay311_drivers.problems import DriverError
from relay311_drivers.running import Platform

_PARTITIONS: Final = {topic.name: topic.partitions for topic in TOPICS}
_WAIT_MS: Final = 200
_BATCH: Final = 2_000
_FETCH_BYTES: Final = 2 * 1024 * 1024


class Heard(NamedTuple):
    """One event as it lies on the log."""

    topic: str
    envelope: Envelope


def client(platform: Platform, principal: str) -> dict[str, Any]:
    """Give the settings with which a principal reaches the broker."""
    known = {"bootstrap_servers": platform.kafka, "client_id": f"driver-{principal}"}
    if not platform.signs_in:
        return known
    return known | {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": principal,
        "sasl_plain_password": platform.kafka_password(principal),
    }


class LogReader:
    """Reads whole topics without a group: nothing is committed, nobody is in the way."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def read(self) -> list[Heard]:
        """Wait a moment for events; an empty list when there are none."""
        batches = await self._consumer.getmany(timeout_ms=_WAIT_MS, max_records=_BATCH)
        records = (record for batch in batches.values() for record in batch if record.value is not None)
        return [Heard(record.topic, open_envelope(record.value)) for record in records]


@asynccontextmanager
async def reading(
    platform: Platform, topics: Sequence[str], principal: str = "analyst", *, from_start: bool
) -> AsyncIterator[LogReader]:
    """Open topics of the log, from their beginning or from now on."""
    consumer = AIOKafkaConsumer(
        **client(platform, principal),
        group_id=None,
        enable_auto_commit=False,
        fetch_max_bytes=_FETCH_BYTES,
        max_partition_fetch_bytes=_FETCH_BYTES // 8,
    )
    try:
        await _reach(consumer.start(), platform)
        await _seek(consumer, topics, from_start=from_start)
        yield LogReader(consumer)
    finally:
        await consumer.stop()


async def _seek(consumer: AIOKafkaConsumer, topics: Sequence[str], *, from_start: bool) -> None:
    """Place the reader now, not at the first read: what is published from here on is heard."""
    parts = [TopicPartition(topic, part) for topic in topics for part in range(_PARTITIONS[topic])]
    consumer.assign(parts)
    find = consumer.beginning_offsets if from_start else consumer.end_offsets
    for part, offset in (await find(parts)).items():
        consumer.seek(part, offset)


@asynccontextmanager
async def writing(platform: Platform, principal: str) -> AsyncIterator[AIOKafkaProducer]:
    """Open a producer that waits for every copy; keys find their partition as Kafka's default does."""
    producer = AIOKafkaProducer(**client(platform, principal), acks="all", enable_idempotence=False, linger_ms=5)
    try:
        await _reach(producer.start(), platform)
        yield producer
    finally:
        await producer.stop()


async def _reach(start: Awaitable[None], platform: Platform) -> None:
    try:
        await start
    except (KafkaError, OSError) as error:
        raise DriverError(f"Kafka at {platform.kafka} cannot be reached ({error}); is the platform running?") from error
