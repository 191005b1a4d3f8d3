"""The servers tests stand on are real, and each test gets a database of its own."""

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from relay311_local.testing import KafkaServer, free_offset, kafka_broker


async def test_a_record_goes_through_the_broker(kafka: KafkaServer) -> None:
    kafka.create_topics({"local.smoke": 3})
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        await producer.send_and_wait("local.smoke", b"hello", key=b"k")
    async with AIOKafkaConsumer(
        "local.smoke", bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
    ) as consumer:
        assert (await consumer.getone()).value == b"hello"


def test_the_broker_is_shared(kafka: KafkaServer) -> None:
    with kafka_broker() as again:
        assert again is kafka


async def test_a_database_is_fresh(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    await connection.execute("create table t (i int)")
    await connection.close()


def test_no_two_platforms_are_given_the_same_ports() -> None:
    with free_offset() as one, free_offset() as other:
        assert one != other
