"""Probe (b): a wiped topic under a kept database, and a wiped database under a kept topic, stop the service by name."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis.errors import FatalError
from chassis.ids import partition_of, uuid7
from chassis.kafka import KafkaLog
from chassis.kafka_access import KafkaAccess
from chassis.records import Outgoing, Place
from chassis.running import Running
from chassis.settings import ServiceSettings
from contracts.event import RequestFacts, encode
from contracts.frontends import Place as Where
from contracts.intake import RequestCreated
from contracts.topics import city_topics
from contracts.vocabulary import Operator
from relay311_local.testing import KafkaServer, PostgresServer

sys.path.insert(0, str(Path(__file__).parents[2] / "chassis" / "tests" / "tally"))
import tally

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


def service(database: str, bootstrap: str, group: str, **settings: object) -> Running:
    built = tally.build(ServiceSettings(database_url=database, kafka_bootstrap=bootstrap, **settings))
    return Running(built, KafkaLog(KafkaAccess(bootstrap, group)))


async def publish(running: Running, count: int) -> None:
    made = []
    for _ in range(count):
        event = RequestCreated(
            request_id=uuid7(NOW),
            sequence=1,
            about=RequestFacts(tracking_number="T", service_code="pothole", opened_at=NOW),
            place=Where(),
            operator=Operator.CITY_311,
        )
        made.append(
            Outgoing("request.created", partition_of(event.key, 12), event.key, encode(event, event.key, "intake", NOW))
        )
    await running._log.append(made)


async def applied(running: Running, count: int) -> None:
    async with asyncio.timeout(20):
        while True:
            async with running.database.reads() as reads:
                if (await reads.sql("SELECT count(*) AS n FROM tally"))[0]["n"] == count:
                    break
            await asyncio.sleep(0.05)
        places = [Place("request.created", p) for p in range(12)]
        while sum((await running._log.committed(places)).values()) < count:
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_a_wiped_topic_under_a_kept_database_is_told(city_log: KafkaServer, database: str) -> None:
    async with service(database, city_log.bootstrap, "wiped-topic") as running:
        await publish(running, 50)
        await applied(running, 50)
    city_log.recreate_topics(city_topics(["parks"]))
    with pytest.raises(
        FatalError, match=r"request\.created\[\d+\] up to \d+, but the log ends at 0: the topic was wiped"
    ):
        await service(database, city_log.bootstrap, "wiped-topic").__aenter__()


@pytest.mark.slow
async def test_a_wiped_database_under_a_kept_topic_is_told(
    city_log: KafkaServer, database: str, postgres: PostgresServer
) -> None:
    async with service(database, city_log.bootstrap, "wiped-database") as running:
        await publish(running, 50)
        await applied(running, 50)
    empty = postgres.create_database()
    with pytest.raises(FatalError, match="the database was wiped or restored"):
        await service(empty, city_log.bootstrap, "wiped-database").__aenter__()
    async with service(empty, city_log.bootstrap, "wiped-database", accept_rewind=True) as running:
        await applied(running, 50)


@pytest.mark.slow
async def test_another_cluster_is_told(city_log: KafkaServer, database: str) -> None:
    async with service(database, city_log.bootstrap, "other-cluster") as running, running.database.transaction() as tx:
        await tx.sql("UPDATE platform SET cluster_id = 'another'")
    with pytest.raises(FatalError, match="belongs to Kafka cluster 'another'"):
        await service(database, city_log.bootstrap, "other-cluster").__aenter__()
