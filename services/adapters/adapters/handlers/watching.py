"""The loop that reads the systems that do not call: one process at a time, from a cursor kept with what was heard."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from adapters import store
from adapters.domain.pictures import NotNow
from adapters.gateways import Brought, Reading, Unreadable
from adapters.handlers.desk import Desk
from adapters.handlers.exceptions import exception_row
from adapters.handlers.hearing import hear
from adapters.handlers.picturing import bring_all, missed_rows
from chassis.http import Doors
from chassis.transaction import Transaction
from chassis.waiting import rest

LEASE_SECONDS: Final = 60.0
TROUBLED: Final = timedelta(seconds=30)
"""How long a system that could not be read is left alone."""
_log = structlog.get_logger()


class Watcher:
    """Reads each agency's system in its own time."""

    def __init__(self, doors: Doors, desk: Desk) -> None:
        self._doors, self._desk = doors, desk
        self._systems = {slug: system for slug, system in desk.systems.items() if system.is_watched}

    async def run(self, stop: asyncio.Event) -> None:
        """Watch until told to stop."""
        await asyncio.gather(*(self._watch(agency, stop) for agency in self._systems))

    async def _watch(self, agency: str, stop: asyncio.Event) -> None:
        seconds = self._desk.city.adapters[agency].poll_seconds
        while not stop.is_set():
            await self.turn(agency)
            await rest(seconds, stop)

    async def turn(self, agency: str) -> int:
        """Read one system once, unless another process does; returns how much news there was."""
        async with self._doors.transaction() as tx:
            cursor = await store.take_watch(tx, agency, LEASE_SECONDS)
        if cursor is None:
            return 0
        system = self._systems[agency]
        try:
            reading, brought = await bring_all(self._doors, self._desk, agency, await system.read(cursor))
        except (Unreadable, NotNow) as error:
            problem = str(error)
            _log.warning("system not read", agency=agency, problem=problem)
            await self._doors.persist(lambda tx: self._fail(tx, agency, problem))
            return 0
        await self._doors.persist(lambda tx: self._keep(tx, agency, reading, brought))
        await system.heard(reading)
        return len(reading.news)

    async def _keep(self, tx: Transaction, agency: str, reading: Reading, brought: Sequence[Brought]) -> None:
        await hear(tx, agency, [(news, None) for news in reading.news], self._desk)
        spoilt = [exception_row(tx, agency, "in", "row", where, why, where) for where, why in reading.spoilt]
        await store.add_exceptions(tx, [*spoilt, *missed_rows(tx, agency, brought)])
        await store.end_watch(tx, agency, reading.cursor, None, tx.now)

    async def _fail(self, tx: Transaction, agency: str, problem: str) -> None:
        await store.end_watch(tx, agency, None, problem, tx.now + TROUBLED)
