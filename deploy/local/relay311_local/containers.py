"""Kafka and PostgreSQL from containers, for tests on machines with a Docker engine."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from relay311_local.access import LOOPBACK, Access
from relay311_local.kafka import answers
from relay311_local.ports import free_port
from relay311_local.problems import PlatformError

_IMAGES: Final = {
    "kafka": ("RELAY311_TEST_KAFKA_IMAGE", "local/kafka:4.3.1"),
    "postgres": ("RELAY311_TEST_POSTGRES_IMAGE", "local/postgres:18"),
}
_SOCKET: Final = Path("/var/run/docker.sock")
_SECONDS: Final = 60
_missing: list[str] = []


def notes() -> list[str]:
    """Say why containers were not used although an engine answers."""
    return list(_missing)


def usable(name: str) -> str | None:
    """Name the image to use for `kafka` or `postgres`; None without an engine, or (noted) without the image."""
    engine = _engine()
    variable, default = _IMAGES[name]
    image = os.environ.get(variable, default)
    if engine is None:
        return None
    if not engine.images.list(name=image):
        _missing.append(f"image {image} is absent; build it as deploy/docker-test/README.md shows, or set {variable}")
        return None
    return image


@contextmanager
def kafka(image: str) -> Iterator[str]:
    """Run a broker and yield its bootstrap address; the port is fixed first, because a broker advertises it."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 -- needs an engine

    port = free_port()
    container = DockerContainer(image).with_bind_ports(9092, port)
    for name, value in _kafka_environment(port).items():
        container = container.with_env(name, value)
    with container as running:
        _wait(Access(f"{LOOPBACK}:{port}"), running)
        yield f"{LOOPBACK}:{port}"


@contextmanager
def postgres(image: str) -> Iterator[str]:
    """Run a server and yield the administrator's URL."""
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 -- needs an engine

    with PostgresContainer(image, username="postgres", password="for-tests", dbname="postgres", driver=None) as running:  # noqa: S106 -- throw-away
        yield str(running.get_connection_url()).replace("localhost", LOOPBACK)


def _wait(access: Access, container: Any) -> None:
    end = time.monotonic() + _SECONDS
    while not answers(access):
        if time.monotonic() > end:
            raise PlatformError(f"Kafka in a container does not answer at {access.bootstrap}: {container.get_logs()}")
        time.sleep(0.2)


def _kafka_environment(port: int) -> dict[str, str]:
    """Use the variables of the official image; the locally built one reads the advertised listener alone."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_LISTENERS": "PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{LOOPBACK}:{port}",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:9093",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }


@cache
def _engine() -> Any | None:
    """Return a client of an engine that answers, or None; most machines have none and pay nothing for asking."""
    if "DOCKER_HOST" not in os.environ and not _SOCKET.exists():
        return None
    import docker  # type: ignore[import-untyped] # noqa: PLC0415 -- slow to import, seldom needed

    try:
        client = docker.from_env(timeout=5)
        client.ping()
    except docker.errors.DockerException:
        return None
    return client
