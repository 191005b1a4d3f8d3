"""The floor of a life, frozen: 14 sends and 27 fetches with COPY, with bare aiokafka and asyncpg and nothing else.

A process of its own: `floor.py BOOTSTRAP USER PASSWORD DATABASE_URL LIVES`; prints its CPU seconds.
"""

import asyncio
import os
import resource
import sys
from typing import Any, Final
from uuid import uuid4

import asyncpg
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

SENDS: Final = 14
FETCHES: Final = 27
VALUE_BYTES: Final = 593
MOST_CPU_MS: Final = 0.55
PARTITIONS: Final = 12
BATCH: Final = 2_000
BATCH_BYTES: Final = 1_000_000
FETCH_BYTES: Final = 2 * 1024 * 1024
TOPIC: Final = "bench.floor"
TABLE: Final = "CREATE TABLE floor_fetched (id uuid PRIMARY KEY, key text, value bytea)"


async def main(bootstrap: str, user: str, password: str, url: str, lives: int) -> None:
    """Send, then fetch: what is fetched lies on the log, as in a platform that keeps up."""
    client = {
        "bootstrap_servers": bootstrap,
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": user,
        "sasl_plain_password": password,
    }
    await create_topic(client)
    sent = lives * SENDS
    await send(client, sent)
    connection = await asyncpg.connect(url)
    await connection.execute(TABLE)
    for wanted in (sent, lives * FETCHES - sent):
        await connection.execute("TRUNCATE floor_fetched")
        await fetch(client, connection, wanted)
    await connection.execute("DROP TABLE floor_fetched")
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(used.ru_utime + used.ru_stime)


async def create_topic(client: dict[str, Any]) -> None:
    admin = AIOKafkaAdminClient(**client)
    await admin.start()
    await admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
    await admin.close()


async def send(client: dict[str, Any], count: int) -> None:
    """Send whole batches to a known partition each, and wait for their acknowledgment."""
    producer = AIOKafkaProducer(**client, acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES)
    await producer.start()
    value, key = os.urandom(VALUE_BYTES), os.urandom(36)
    for start in range(0, count, BATCH):
        waiting, size = [], min(BATCH, count - start)
        for part in range(PARTITIONS):
            batch = producer.create_batch()
            for _ in range(part, size, PARTITIONS):
                batch.append(timestamp=None, key=key, value=value)
            waiting.append(await producer.send_batch(batch, TOPIC, partition=part))
        await asyncio.gather(*waiting)
    await producer.stop()


async def fetch(client: dict[str, Any], connection: asyncpg.Connection, count: int) -> None:
    """Fetch as many records and COPY each batch in."""
    consumer = AIOKafkaConsumer(
        **client, group_id=None, enable_auto_commit=False, check_crcs=False, max_partition_fetch_bytes=FETCH_BYTES
    )
    await consumer.start()
    parts = [TopicPartition(TOPIC, part) for part in range(PARTITIONS)]
    consumer.assign(parts)
    for part in parts:
        consumer.seek(part, 0)
    left = count
    while left > 0:
        found = await consumer.getmany(timeout_ms=200, max_records=min(BATCH, left))
        rows = [(uuid4(), "request", record.value) for records in found.values() for record in records]
        if rows:
            await connection.copy_records_to_table("floor_fetched", records=rows)
        left -= len(rows)
    await consumer.stop()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:5], int(sys.argv[5])))
