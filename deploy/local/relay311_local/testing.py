"""Real Kafka and PostgreSQL for tests: from containers when an engine and the images are there, else embedded."""

import atexit
import contextlib
import fcntl
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
from confluent_kafka.admin import AdminClient, NewTopic

from contracts.topics import Topic
from relay311_local import containers
from relay311_local.access import Access
from relay311_local.kafka import Kafka
from relay311_local.layout import PORTS, cache_folder
from relay311_local.ports import free_port, free_ports
from relay311_local.postgres import Postgres, blocking
from relay311_local.processes import Child, is_open
from relay311_local.tls import TlsKafka

_PASSWORD: Final = "for-tests"  # noqa: S105 -- a throw-away server on loopback
_session = ExitStack()
_shared: dict[str, Any] = {}
atexit.register(_session.close)


@dataclass(frozen=True, slots=True)
class KafkaServer:
    """A broker for tests. `source` says where it came from, for the test report."""

    bootstrap: str
    source: str

    @property
    def access(self) -> Access:
        """How to reach it: a plain listener."""
        return Access(self.bootstrap)

    def create_topics(self, partitions: Mapping[str, int], **settings: str) -> None:
        """Create topics (name -> partitions); `settings` are topic settings such as `cleanup_policy="compact"`."""
        config = {name.replace("_", "."): value for name, value in settings.items()}
        topics = [NewTopic(name, count, 1, config=config) for name, count in partitions.items()]
        admin = AdminClient(self.access.client())  # held: its futures fail when it is collected
        for future in admin.create_topics(topics).values():
            future.result(30)

    def recreate_topics(self, topics: Sequence[Topic]) -> None:
        """Give a test its own empty topics: what stood there before is deleted."""
        admin = AdminClient(self.access.client())
        there = set(admin.list_topics(timeout=10).topics)
        old = [t.name for t in topics if t.name in there]
        for future in admin.delete_topics(old).values() if old else ():
            future.result(30)
        while old and there & set(old) & set(admin.list_topics(timeout=10).topics):
            time.sleep(0.05)
        wanted = [
            NewTopic(t.name, t.partitions, 1, config={"cleanup.policy": t.cleanup_policy, "retention.ms": "-1"})
            for t in topics
        ]
        for future in admin.create_topics(wanted).values():
            future.result(30)


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server for tests. `admin_url` is the administrator's; `source` says where it came from."""

    admin_url: str
    source: str

    def new_url(self) -> str:
        """Name a database that is not there yet (`postgresql://...`)."""
        return f"{self.admin_url.rpartition('/')[0]}/test_{uuid.uuid4().hex[:12]}"

    def create_database(self, url: str | None = None, template: str | None = None) -> str:
        """Create a database, empty or as a copy, file by file, of one that nobody is connected to; return its URL."""
        url = url or self.new_url()
        like = f' template "{template.rpartition("/")[2]}" strategy file_copy' if template else ""
        blocking(self._execute(f'create database "{url.rpartition("/")[2]}"{like}'))
        return url

    def drop_database(self, url: str) -> None:
        """Drop a database by its URL, ending its sessions."""
        blocking(self._execute(f'drop database if exists "{url.rpartition("/")[2]}" with (force)'))

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def kafka_broker() -> Iterator[KafkaServer]:
    """Yield the one plain broker of this test session, started at its first use and stopped at exit."""
    if "kafka" not in _shared:
        _shared["kafka"] = _session.enter_context(_container_kafka() or _embedded_kafka())
    yield _shared["kafka"]


@contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Yield the one PostgreSQL server of this test session, started at its first use and stopped at exit."""
    if "postgres" not in _shared:
        _shared["postgres"] = _session.enter_context(_container_postgres() or _embedded_postgres())
    yield _shared["postgres"]


def sources() -> list[str]:
    """Say which servers this session used, one line each."""
    notes = [f"not in a container: {note}" for note in containers.notes()]
    return [f"{name}: {server.source}" for name, server in sorted(_shared.items())] + notes


def private_kafka(folder: Path, *, secure: bool = False, tls: bool = False) -> Kafka:
    """Describe a broker of a test's own, to start, stop and wipe at will: `secure` by SCRAM and ACLs, and by `tls`."""
    port, controller_port = free_ports(2)
    made = TlsKafka if tls else Kafka
    return made(folder, cache_folder(), port, controller_port, _PASSWORD if secure else None)


def private_postgres(folder: Path) -> Postgres:
    """Describe a PostgreSQL server of a test's own, to start, stop and wipe at will."""
    return Postgres(folder, free_port(), _PASSWORD, durable=False)


@contextmanager
def running(server: Kafka | Postgres) -> Iterator[Child]:
    """Run a private server while the block lasts."""
    child = server.start(_silent)
    try:
        yield child
    finally:
        child.stop()


@contextmanager
def _embedded_kafka() -> Iterator[KafkaServer]:
    with open_folder() as folder:
        kafka = private_kafka(folder / "kafka")
        with running(kafka):
            yield KafkaServer(kafka.access.bootstrap, f"Apache Kafka embedded on {kafka.access.bootstrap}")


@contextmanager
def _embedded_postgres() -> Iterator[PostgresServer]:
    with open_folder() as folder:
        postgres = private_postgres(folder / "postgres")
        with running(postgres):
            yield PostgresServer(postgres.url(), f"PostgreSQL embedded on port {postgres.port}")


def _container_kafka() -> contextlib.AbstractContextManager[KafkaServer] | None:
    image = containers.usable("kafka")
    if image is None:
        return None

    @contextmanager
    def start() -> Iterator[KafkaServer]:
        with containers.kafka(image) as bootstrap:
            yield KafkaServer(bootstrap, f"Apache Kafka in a container of {image} on {bootstrap}")

    return start()


def _container_postgres() -> contextlib.AbstractContextManager[PostgresServer] | None:
    image = containers.usable("postgres")
    if image is None:
        return None

    @contextmanager
    def start() -> Iterator[PostgresServer]:
        with containers.postgres(image) as url:
            yield PostgresServer(url, f"PostgreSQL in a container of {image}")

    return start()


@contextmanager
def free_offset(start: int = 4_000) -> Iterator[int]:
    """Yield a port offset, from `start`, at which a whole platform finds its ports free; no other test is given it."""
    for offset in range(start, 44_000, 100):
        with (Path(tempfile.gettempdir()) / f"relay311-ports-{offset}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if not any(is_open(port + offset) for port in PORTS.values()):
                yield offset
                return
    raise RuntimeError("no port offset is free: is an aborted run's platform still there? `ps aux | grep relay311`")


@contextmanager
def open_folder() -> Iterator[Path]:
    """Yield a temporary folder that a server running as another user may enter."""
    with tempfile.TemporaryDirectory(prefix="relay311-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _silent(_line: str) -> None:
    pass
