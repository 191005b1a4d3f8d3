"""Where the embedded platform keeps its things, and on which ports it listens."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from relay311_local.access import ADMIN, LOOPBACK, Access, database_url
from relay311_local.problems import PlatformError

_LAST_PORT: Final = 65_535
PORTS: Final = {
    "kafka": 19092,
    "kafka-controller": 19093,
    "postgres": 15432,
    "zipkin": 9411,
    "bridge": 4318,
    "smtp": 8325,
    "mail": 8326,
    "intake": 8301,
    "routing": 8302,
    "sla": 8303,
    "notify": 8304,
    "survey": 8305,
    "kb": 8306,
}
"""Every port of the platform; RELAY311_PORT_OFFSET moves them all, so that several platforms live side by side."""


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

    def port(self, name: str) -> int:
        """Give the port of a process, moved by the offset."""
        return PORTS[name] + self.offset

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
            return Access(f"{LOOPBACK}:{self.port('kafka')}", ADMIN, admin_password)
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


def layout() -> Layout:
    """Read the layout from the environment. Raises PlatformError when RELAY311_PORT_OFFSET is not a whole number."""
    text = os.environ.get("RELAY311_PORT_OFFSET", "0")
    if not text.isdigit() or int(text) + max(PORTS.values()) > _LAST_PORT:
        raise PlatformError(f"RELAY311_PORT_OFFSET is {text!r}: give a whole number from 0 to 46000.")
    return Layout(root_folder(), run_folder(), cache_folder(), int(text))
