"""What every test may use: real PostgreSQL, real Kafka, and a bench that runs services on the in-memory log."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import Bench, Keys, TestClock
from contracts.topics import city_topics
from relay311_local.testing import KafkaServer, PostgresServer, kafka_broker, postgres_server, sources

ROOT = Path(__file__).parent
CITY = ROOT / "cities" / "los-angeles"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def kafka() -> Iterator[KafkaServer]:
    """One Kafka broker for the whole run."""
    with kafka_broker() as broker:
        yield broker


@pytest.fixture
def database_url(postgres: PostgresServer) -> Iterator[str]:
    """Give a fresh database for one test, dropped afterwards."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture
def city_log(kafka: KafkaServer) -> KafkaServer:
    """Give the broker every topic of a small city (one agency, `parks`), empty."""
    kafka.recreate_topics(city_topics(["parks"]))
    return kafka


@pytest.fixture(scope="session")
def keys() -> Keys:
    """One signing key pair."""
    return Keys()


BenchFactory = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def bench_factory(postgres: PostgresServer, keys: Keys) -> AsyncIterator[BenchFactory]:
    """Make benches: of one service by its `build` and Settings, or of several by a list of such pairs."""
    async with AsyncExitStack() as stack:

        def service(build: Callable[[Any], Service], settings: type[ServiceSettings], given: dict[str, Any]) -> Service:
            url = postgres.create_database()
            stack.callback(postgres.drop_database, url)
            return build(settings(**({"database_url": url, "city": CITY, "token_public_key": keys.public} | given)))

        async def make(
            build: Any, settings: Any = None, now: datetime = datetime(2026, 3, 2, 17, 0, tzinfo=UTC), **given: Any
        ) -> Bench:
            pairs = build if isinstance(build, list) else [(build, settings)]
            services = [service(b, s, given) for b, s in pairs]
            return await stack.enter_async_context(Bench(services, keys, TestClock(now)))

        yield make


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers the tests ran against."""
    for line in sources():
        terminalreporter.write_line(line)
