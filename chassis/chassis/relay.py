"""The relay: one leader per service sends the outbox to the log in order, and forgets only what was acknowledged."""

import asyncio
from collections.abc import Callable

import asyncpg
import structlog

from chassis import failpoints, sql
from chassis.backoff import delay
from chassis.log import Log
from chassis.outbox import LEADER_LOCK, forget_outbox, read_outbox
from chassis.pace import Pace
from chassis.waiting import happens

BATCH = 2000
SLOW_POLL_SECONDS = 0.5
REST_SECONDS = 0.03
FOLLOWER_POLL_SECONDS = 1.0
CHANNEL = "relay"
"""Where followers tell the leader that something was committed; never within a command's transaction, where it would
hold every commit of the server behind it."""
_TRY_TO_LEAD = "SELECT pg_try_advisory_lock($1)"
_log = structlog.get_logger()


class Relay:
    """Sends while it leads. A frozen leader loses its session after three seconds, so another can lead."""

    def __init__(self, url: str, log: Log, relayed: Callable[[int], None]) -> None:
        self._url, self._log, self._relayed = url, log, relayed
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that something was committed."""
        self._wake.set()

    async def run(self) -> None:
        """Lead, or wait to lead, until cancelled."""
        tries = 0
        while True:
            try:
                await self._lead()
                tries = 0
            except Exception as error:  # the relay never gives up: what is committed must reach the log
                _log.warning("relay waits", error=f"{type(error).__name__}: {error}"[:300], tries=tries)
                await asyncio.sleep(delay(tries))
                tries += 1

    async def _lead(self) -> None:
        connection = await asyncpg.connect(
            self._url, command_timeout=30, server_settings={"idle_session_timeout": "3s"}
        )
        try:
            await sql.prepare_connection(connection)
            while not await connection.fetchval(_TRY_TO_LEAD, LEADER_LOCK):
                await self._follow(connection)
            await connection.add_listener(CHANNEL, lambda *_: self.wake())
            pace = Pace(REST_SECONDS)
            while True:
                self._wake.clear()
                pace.begin()
                sent = await self._send_some(connection)
                if sent < BATCH:
                    await happens(self._wake, SLOW_POLL_SECONDS)
                if sent:
                    await pace.end(sent)
        finally:
            connection.terminate()

    async def _follow(self, connection: asyncpg.Connection) -> None:
        """Wait a while for the lead, and tell the leader meanwhile of what is committed here."""
        end = asyncio.get_running_loop().time() + FOLLOWER_POLL_SECONDS
        while (left := end - asyncio.get_running_loop().time()) > 0:
            if not await happens(self._wake, left):
                return
            self._wake.clear()
            await connection.execute(f"NOTIFY {CHANNEL}")
            await asyncio.sleep(REST_SECONDS)

    async def _send_some(self, connection: asyncpg.Connection) -> int:
        last_id, records = await read_outbox(connection, BATCH)
        if records:
            failpoints.at("relay.read")
            await self._log.append(records)
            failpoints.at("relay.acknowledged")
            await forget_outbox(connection, last_id)
            failpoints.at("relay.forgotten")
            self._relayed(len(records))
        return len(records)
