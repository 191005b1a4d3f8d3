"""Where the embedded platform keeps its things, and on which ports it listens."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from relay311_local.access import ADMIN, LOOPBACK, Access, database_url
from relay311_local.problems import PlatformError

_LAST_PORT: Final = 65_535
SERVICES: Final = ("intake", "routing", "sla", "notify", "survey", "kb", "adapters")
PORTS: Final = {
    "kafka": 19092,
    "kafka-controller": 19093,
    "kafka-2": 19094,
    "kafka-2-controller": 19095,
    "kafka-3": 19096,
    "kafka-3-controller": 19097,
    "postgres": 15432,
    "zipkin": 9411,
    "bridge": 4318,
    "smtp": 8325,
    "mail": 8326,
    "letters": 8327,
    "social": 8328,
    "returned": 8329,
    "systems": 8321,
    "intake": 8301,
    "routing": 8302,
    "sla": 8303,
    "notify": 8304,
    "survey": 8305,
    "kb": 8306,
    "adapters": 8307,
}
"""Every port of the platform; RELAY311_PORT_OFFSET moves them all, so that several platforms live side by side."""
MOST_INSTANCES: Final = 12
"""A topic has twelve partitions: a thirteenth reader would have nothing to read."""
_FIRST_INSTANCE_PORT: Final = 8330
_SEVENTH: Final = "adapters"
_FIRST_OF_SEVENTH: Final = 8309  # six times eleven ports end at 8395: the seventh has the room below
BROKERS: Final = (1, 3)
"""How many brokers there may be: one, or enough to lose one and go on."""


def root_folder() -> Path:
    """Find the project: RELAY311_ROOT, else the current folder when it holds `cities`, else where this code lies."""
    if "RELAY311_ROOT" in os.environ:
        return Path(os.environ["RELAY311_ROOT"]).resolve()
    here = Path.cwd()
    return here if (here / "cities").is_dir() else Path(__file__).resolve().parents[3]


def run_folder() -> Path:
    """Find the folder of everything a run makes: data, logs, state and secrets (RELAY311_RUN overrides)."""
    return Path(os.environ.get("RELAY311_RUN") or root_folder() / ".run").resolve()


def cache_folder() -> Path:
    """Find the downloaded packages, shared by all runs (RELAY311_CACHE overrides)."""
    return Path(os.environ.get("RELAY311_CACHE") or root_folder() / ".run" / "cache").resolve()


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders and ports of one platform."""

    root: Path
    run: Path
    cache: Path
    offset: int = 0
    brokers: int = 1

    def port(self, name: str) -> int:
        """Give the port of a process, moved by the offset; `sla-2` is the second instance of a service."""
        return (PORTS[name] if name in PORTS else _instance_port(name)) + self.offset

    @property
    def kafkas(self) -> tuple[str, ...]:
        """The names of the platform's own brokers."""
        return tuple(instance("kafka", number) for number in range(1, self.brokers + 1)) if self.own_kafka else ()

    def door(self, name: str) -> tuple[int, int]:
        """Give the port by which the services reach a process, and the one where it awaits them: both its own.

        RELAY311_<NAME>_DOOR=port[:port behind it] puts a door between, for a proxy that delays, cuts and swallows.
        """
        told, _, behind = os.environ.get(f"RELAY311_{name.upper()}_DOOR", "").partition(":")
        return int(told or self.port(name)), int(behind or self.port(name))

    @property
    def own_kafka(self) -> bool:
        """Whether the platform brings its own Kafka: unless KAFKA_BOOTSTRAP points at one."""
        return "KAFKA_BOOTSTRAP" not in os.environ

    @property
    def own_postgres(self) -> bool:
        """Whether the platform brings its own PostgreSQL: unless DATABASE_URL points at one."""
        return "DATABASE_URL" not in os.environ

    def kafka_access(self, admin_password: str) -> Access:
        """Tell how the administrator reaches Kafka, the platform's own or the one KAFKA_BOOTSTRAP points at."""
        if self.own_kafka:
            return Access(",".join(f"{LOOPBACK}:{self.port(name)}" for name in self.kafkas), ADMIN, admin_password)
        user = os.environ.get("KAFKA_USERNAME")
        return Access(os.environ["KAFKA_BOOTSTRAP"], user, os.environ.get("KAFKA_PASSWORD"))

    def postgres_url(self, admin_password: str) -> str:
        """Tell how the administrator reaches PostgreSQL, the platform's own or the one DATABASE_URL points at."""
        return os.environ.get("DATABASE_URL") or database_url(
            self.port("postgres"), "postgres", "postgres", admin_password
        )

    @property
    def city(self) -> Path:
        """The city this platform serves (RELAY311_CITY names its folder)."""
        return self.root / "cities" / os.environ.get("RELAY311_CITY", "los-angeles")


def instance(name: str, number: int) -> str:
    """Name an instance; the first goes by the plain name.

    >>> instance("sla", 1), instance("sla", 2)
    ('sla', 'sla-2')
    """
    return name if number == 1 else f"{name}-{number}"


def _instance_port(name: str) -> int:
    """Give an instance's port: those of the second instances first, in the order of the services.

    >>> _instance_port("intake-2"), _instance_port("kb-2"), _instance_port("intake-3")
    (8330, 8335, 8336)
    >>> _instance_port("adapters-2"), _instance_port("adapters-12")
    (8309, 8319)
    """
    service, _, number = name.rpartition("-")
    if service == _SEVENTH:
        return _FIRST_OF_SEVENTH + int(number) - 2
    six = [one for one in SERVICES if one != _SEVENTH]
    return _FIRST_INSTANCE_PORT + (int(number) - 2) * len(six) + six.index(service)


def layout() -> Layout:
    """Read the layout from the environment. Raises PlatformError for an offset or number of brokers that cannot be."""
    offset, brokers = os.environ.get("RELAY311_PORT_OFFSET", "0"), os.environ.get("RELAY311_BROKERS", "1")
    if not offset.isdigit() or int(offset) + max(PORTS.values()) > _LAST_PORT:
        raise PlatformError(f"RELAY311_PORT_OFFSET is {offset!r}: give a whole number from 0 to 46000.")
    if brokers not in map(str, BROKERS):
        raise PlatformError(f"RELAY311_BROKERS is {brokers!r}: give 1, or 3 to go on when one of them is lost.")
    return Layout(root_folder(), run_folder(), cache_folder(), int(offset), int(brokers))
