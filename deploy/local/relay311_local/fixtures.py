"""Pytest fixtures: one Kafka and one PostgreSQL for the whole session, named in the test report."""

from collections.abc import Iterator

import pytest

from relay311_local import testing


@pytest.fixture(scope="session")
def kafka() -> Iterator[testing.KafkaServer]:
    """Give the session's broker; make topics of your own with `create_topics`."""
    with testing.kafka_broker() as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[testing.PostgresServer]:
    """Give the session's PostgreSQL server."""
    with testing.postgres_server() as server:
        yield server


@pytest.fixture
def database_url(postgres: testing.PostgresServer) -> Iterator[str]:
    """Give a fresh database for one test, dropped afterwards."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers the tests used."""
    for line in testing.sources():
        terminalreporter.write_line(line)
