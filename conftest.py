"""What every test may use: real PostgreSQL, real Kafka, and a bench that runs services on the in-memory log."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import MetaData

from chassis.command_line import spare_the_collector
from chassis.migrations import migrate
from chassis.service import Service
from chassis.settings import ServiceSettings
from chassis.testing import Bench, Keys, TestClock
from contracts.topics import city_topics
from relay311_local.testing import KafkaServer, PostgresServer, kafka_broker, postgres_server, sources

settings.register_profile("cities", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("cities")
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

        async def service(build: Callable[[Any], Service], settings: type[ServiceSettings], given: Any) -> Service:
            url = postgres.new_url()
            made = build(settings(**({"database_url": url, "city": CITY, "token_public_key": keys.public} | given)))
            postgres.create_database(url, template=await _migrated(postgres, made))
            stack.callback(postgres.drop_database, url)
            return made

        async def make(
            build: Any, settings: Any = None, now: datetime = datetime(2026, 3, 2, 17, 0, tzinfo=UTC), **given: Any
        ) -> Bench:
            pairs = build if isinstance(build, list) else [(build, settings)]
            services = [await service(b, s, given) for b, s in pairs]
            return await stack.enter_async_context(Bench(services, keys, TestClock(now)))

        yield make


_templates: dict[tuple[str, int], tuple[str, MetaData]] = {}


async def _migrated(postgres: PostgresServer, service: Service) -> str:
    """Name a database with the service's tables, made once: a copy costs a tenth of its migrations."""
    package, metadata = service.package or service.name, service.metadata
    key = package, id(metadata)
    if key not in _templates:
        _templates[key] = postgres.create_database(), metadata  # the id is good for as long as the object is there
        await migrate(_templates[key][0], package, metadata)
    return _templates[key][0]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say a measured figure, a line at the end of the run, whichever worker measured it."""
    return partial(record_property, "figure")


def pytest_collection_finish() -> None:
    """Spare the collector as the services do: a fifth of the tests' time went into looking at what was imported."""
    spare_the_collector()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers the tests ran against, and what was measured."""
    for line in sources():
        terminalreporter.write_line(line)
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, ())]
    measured = [line for report in reports for name, line in report.user_properties if name == "figure"]
    for line in sorted(measured):
        terminalreporter.write_line(line)
