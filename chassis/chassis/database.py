"""A service's one database: a pool, transactions that only the chassis commits, and reads."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
from sqlalchemy import MetaData

from chassis import failpoints, sql
from chassis.backoff import until_up
from chassis.telemetry import Telemetry
from chassis.topology import Topology
from chassis.transaction import Counted, Reads, Transaction

_PASSING = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.QueryCanceledError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InternalClientError,  # so asyncpg says that the server hung up between two statements
    OSError,
    TimeoutError,
)


def is_transient(error: BaseException) -> bool:
    """Tell an error that passes, so that the same transaction may succeed a little later, from one that stays.

    >>> is_transient(ConnectionResetError()), is_transient(ValueError())
    (True, False)
    """
    # asyncpg says "connection is closed" by its bare InterfaceError; the subclasses are our own bad input.
    return isinstance(error, _PASSING) or type(error) is asyncpg.InterfaceError


async def _as_it_is(_connection: object) -> None:
    """Hand a connection on as it is: nobody changes a session, and resetting one is a round trip each time."""


CLOSE_SECONDS = 2.0
IDLE_SECONDS = 30.0
Clock = Callable[[], datetime]


def _nobody(*_told: object) -> None:
    """Be told for nothing."""


class Database:
    """Connections to one PostgreSQL database."""

    def __init__(
        self, url: str, service: str, topology: Topology, telemetry: Telemetry, metadata: MetaData, clock: Clock
    ) -> None:
        self.url = url
        self.clock = clock
        self._parts = (service, topology, telemetry, metadata)
        self._pool: asyncpg.Pool | None = None
        self.on_sent: Callable[[], None] = _nobody
        self.on_counted: Callable[[Mapping[Counted, int]], None] = _nobody

    async def start(self, connections: int, session: Mapping[str, str] | None = None) -> None:
        """Open the pool, waiting with backoff for a server that is down; `session` sets each connection."""

        async def opened() -> asyncpg.Pool:
            return await asyncpg.create_pool(
                self.url,
                min_size=1,
                max_size=connections,
                init=sql.prepare_connection,
                reset=_as_it_is,
                server_settings=dict(session or {}),
                command_timeout=30,
                max_inactive_connection_lifetime=IDLE_SECONDS,
            )

        self._pool = await until_up("PostgreSQL", opened, is_transient)

    async def stop(self) -> None:
        """Close the pool; connections still busy after a moment are cut."""
        if self._pool is None:
            return
        try:
            await asyncio.wait_for(self._pool.close(), CLOSE_SECONDS)
        except TimeoutError:
            self._pool.terminate()

    @asynccontextmanager
    async def reads(self) -> AsyncIterator[Reads]:
        """Read outside a transaction."""
        async with self.pool.acquire() as connection:
            yield Reads(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Run a block as one transaction: its outbox is appended last, then it commits."""
        service, topology, telemetry, metadata = self._parts
        async with self.pool.acquire() as connection, connection.transaction():
            tx = Transaction(connection, self.clock(), service, topology, telemetry, metadata)
            yield tx
            sent = await tx.flush()
            failpoints.at("commit.before")
        failpoints.at("commit.after")
        if sent:
            self.on_sent()
        if tx.counted:
            self.on_counted(tx.counted)
        for call in tx.afterwards:
            call()

    async def persist(self, work: Callable[[Transaction], Awaitable[None]]) -> None:
        """Run a transaction until it commits, however long the database is away; `work` must bear being repeated."""

        async def once() -> None:
            async with self.transaction() as tx:
                await work(tx)

        await until_up("PostgreSQL, to record what was done", once, is_transient)

    @property
    def pool(self) -> asyncpg.Pool:
        """The open pool."""
        if self._pool is None:
            raise RuntimeError("The database was used before it was started.")
        return self._pool
