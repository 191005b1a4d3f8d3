"""One PostgreSQL server from packaged binaries: TCP on loopback, passwords, one database and role per service."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from relay311_local.access import LOOPBACK, database_url
from relay311_local.downloads import Say
from relay311_local.problems import PlatformError
from relay311_local.processes import Child, Command, is_open
from relay311_local.reach import LOWLY, programs

Result = TypeVar("Result")
ADMIN: Final = "postgres"
START_SECONDS: Final = 60.0
_TUNING: Final = {
    "shared_buffers": "128MB",
    "io_method": "sync",  # what is read lies in the page cache: handing it to another process costs more
    "max_connections": "300",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "log_min_duration_statement": "-1",
    "log_statement": "none",
    # A failing statement may hold a person's words: the server's log shows none of it.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}
_UNSAFE: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One server with its data in `folder`. `durable=False` skips fsync and is for tests alone."""

    folder: Path
    port: int
    admin_password: str
    durable: bool = True

    def url(self, database: str = ADMIN, user: str = ADMIN, password: str | None = None) -> str:
        """Name a database by URL, as the administrator unless told otherwise."""
        return database_url(self.port, database, user, password or self.admin_password)

    def prepare(self, say: Say = print) -> None:
        """Create the data folder when it is new; the server refuses root, so then a lowly user owns it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if (self._data / "PG_VERSION").exists():
            return
        if os.getuid() == 0:
            _check_reach((programs(), self.folder))
            shutil.chown(self.folder, LOWLY)
        say("Creating the database folder ...")
        self._initialise()

    def command(self) -> Command:
        """How to start it; call `prepare` first."""
        settings = _TUNING | ({} if self.durable else _UNSAFE)
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        place = ("-D", str(self._data), "-p", str(self.port), "-c", f"listen_addresses={LOOPBACK}")
        # No Unix socket: its path may not be longer than 107 bytes, and nobody needs it.
        arguments = (str(programs() / "postgres"), *place, "-c", "unix_socket_directories=", *options)
        # SIGINT disconnects clients and shuts down cleanly; SIGTERM would wait for them for ever.
        return Command("postgres", arguments, self.folder / "server.log", stop=signal.SIGINT, user=_user())

    def ready(self) -> bool:
        """Tell whether the administrator can log in."""
        return is_open(self.port) and blocking(_answers(self.url()))

    def start(self, say: Say = print) -> Child:
        """Prepare, start and wait until it is ready; return the process."""
        self.prepare(say)
        child = Child(self.command())
        try:
            seconds = child.wait_ready(self.ready, START_SECONDS)
        except PlatformError:
            child.stop()
            raise
        say(f"PostgreSQL is ready after {seconds:.1f} s on port {self.port}.")
        return child

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _initialise(self) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self.folder) as secret:
            secret.write(self.admin_password)
            secret.flush()
            if os.getuid() == 0:
                shutil.chown(secret.name, LOWLY)
            options = ("-U", ADMIN, f"--pwfile={secret.name}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8")
            speed = () if self.durable else ("--no-sync",)
            _run((str(programs() / "initdb"), "-D", str(self._data), *options, *speed))


async def ensure_databases(admin_url: str, passwords: Mapping[str, str]) -> None:
    """Give each service one database that only its own login role may connect to; running it again changes nothing."""
    import asyncpg  # noqa: PLC0415 -- the supervisor never needs the client

    connection = await asyncpg.connect(admin_url)
    try:
        for service, password in passwords.items():
            await _ensure_database(connection, service, password)
    finally:
        await connection.close()


async def ensure_database(admin_url: str, service: str, password: str) -> None:
    """Give one service its database and role."""
    await ensure_databases(admin_url, {service: password})


async def _ensure_database(connection: Any, service: str, password: str) -> None:
    quoted = await connection.fetchval("select quote_literal($1)", password)
    if not await connection.fetchval("select true from pg_roles where rolname = $1", service):
        await connection.execute(f'create role "{service}" login nosuperuser nocreatedb nocreaterole')
    await connection.execute(f'alter role "{service}" password {quoted}')
    if not await connection.fetchval("select true from pg_database where datname = $1", service):
        await connection.execute(f'create database "{service}" owner "{service}"')
    await connection.execute(f'revoke all on database "{service}" from public')


def blocking(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end in a thread of its own, so that callers inside an event loop may wait for it too."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _answers(url: str) -> bool:
    import asyncpg  # noqa: PLC0415 -- the supervisor never needs the client

    try:
        connection = await asyncpg.connect(url, timeout=2)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


def _user() -> str | None:
    return LOWLY if os.getuid() == 0 else None


def _run(arguments: Sequence[str]) -> None:
    user = _user()
    group = pwd.getpwnam(user).pw_gid if user else None
    extra: Sequence[int] | None = [] if user else None
    done = subprocess.run(arguments, capture_output=True, check=False, user=user, group=group, extra_groups=extra)
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise PlatformError(f"PostgreSQL's data folder cannot be created: {' '.join(last)}")


def _check_reach(paths: Sequence[Path]) -> None:
    """As root the server runs as another user, who must be able to walk to its binaries and its data."""
    for path in paths:
        for parent in (path, *path.resolve().parents):
            if not parent.stat().st_mode & 0o001:
                raise PlatformError(
                    f"PostgreSQL cannot run as root and its user '{LOWLY}' may not enter {parent}: "
                    f"run `chmod o+x {parent}`, use another folder, or start as an ordinary user."
                )
