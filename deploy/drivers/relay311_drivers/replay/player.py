"""Plays an export through the platform: open, assign, end, and wait until all is quiet."""

import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from contracts.city import City
from contracts.topics import outbox
from relay311_drivers.log import LogReader, writing
from relay311_drivers.problems import DriverError
from relay311_drivers.progress import Progress
from relay311_drivers.replay import doors, hearing
from relay311_drivers.replay.endings import by_agency, record_of
from relay311_drivers.replay.ledger import Counts, Ending, Ledger
from relay311_drivers.replay.rows import LegacyRow, Refused
from relay311_drivers.running import Platform
from relay311_drivers.web import Web

BATCH: Final = 500
IN_FLIGHT: Final = 4_000
STALLED_SECONDS: Final = 120.0
QUIET_SECONDS: Final = 8.0
_LOOK_SECONDS: Final = 0.3


class Player:
    """One replay. Rows in flight are bounded, so neither the platform nor this program is flooded."""

    def __init__(self, platform: Platform, city: City, ledger: Ledger, reader: LogReader, web: Web) -> None:
        self._platform, self._city, self._ledger, self._reader, self._web = platform, city, ledger, reader, web
        self._progress = Progress()
        self._producers: dict[str, AIOKafkaProducer] = {}
        self._closing = AsyncExitStack()
        self._started = time.monotonic()
        self._counts, self._next_count = Counts(*[0] * len(Counts._fields)), 0.0
        self._moved = time.monotonic()

    def load(self, rows: Iterable[LegacyRow | Refused]) -> int:
        """Read the file into the ledger; say each row that is not played. Tell how many rows there were."""
        count = 0
        for count, row in enumerate(rows, 1):
            if isinstance(row, Refused):
                self.refuse(row)
            elif not self._ledger.add(row):
                self.refuse(Refused(row.line, row.number, "repeated_number", "an earlier row has this number"))
            self._progress.say(f"reading: {count} rows")
        return count

    def refuse(self, row: Refused) -> None:
        """Keep and say why a row is not played."""
        self._ledger.refuse(row)
        self._progress.tell(f"not played: {row}")

    async def play(self) -> Counts:
        """Run all steps; the counts tell how far it came."""
        async with self._closing:
            await self._open()
            await self._until(lambda c: c.assigned == c.created == c.promised, triage=True)
            await self._end()
            await self._until(lambda c: c.closed >= c.to_close and c.referred >= c.to_refer)
            await self._until(lambda c: c.told >= c.to_tell)
            await self._quiet()
        return self._look(now=True)

    async def _open(self) -> None:
        for batch in self._ledger.in_order(BATCH):
            lines = [doors.Line(*row) for row in batch]
            answers = await doors.submit(self._web, self._platform, lines)
            self._ledger.created(answer for answer in answers if isinstance(answer, doors.Taken))
            for answer in answers:
                if isinstance(answer, Refused):
                    self.refuse(answer)
            await self._hear()
            await self._until(lambda c: c.created - min(c.assigned, c.promised) < IN_FLIGHT, triage=True)

    async def _end(self) -> None:
        before = self._look(now=True)
        sent = before.closed + before.referred
        for batch in self._ledger.endings(BATCH):
            await self._report(batch)
            await doors.cancel(self._web, self._platform, (e for e in batch if e.outcome == "cancelled"))
            sent += len(batch)
            await self._hear()
            await self._until(partial(_has_room, sent))

    async def _report(self, batch: list[Ending]) -> None:
        """Publish what each agency has to say on its own outbox, and wait until the log has it."""
        for agency, endings in by_agency(batch).items():
            producer = await self._producer(agency)
            try:
                sent = [await producer.send(outbox(agency), value, key) for key, value in map(record_of, endings)]
                for acknowledged in sent:
                    await acknowledged
            except KafkaError as error:
                raise DriverError(f"Kafka did not take {agency}'s reports ({error}); play the file again.") from error

    async def _producer(self, agency: str) -> AIOKafkaProducer:
        if agency not in self._producers:
            opened = writing(self._platform, f"agency.{agency}")
            self._producers[agency] = await self._closing.enter_async_context(opened)
        return self._producers[agency]

    async def _until(self, done: Callable[[Counts], bool], *, triage: bool = False) -> bool:
        """Listen until the counts say so; False when nothing has moved for too long."""
        while not done(self._look()):
            if time.monotonic() - self._moved > STALLED_SECONDS:
                self._progress.tell(f"nothing has moved for {STALLED_SECONDS:.0f} s: {self._said()}")
                return False
            if triage:
                await self._resolve()
            await self._hear()
        return True

    async def _resolve(self) -> None:
        waiting = self._ledger.unassigned(triaged=True, limit=BATCH)
        await doors.resolve(self._web, self._platform, self._city, waiting)

    async def _quiet(self) -> None:
        """Listen until nothing more is said: invitations to the survey come last."""
        while time.monotonic() - self._moved < QUIET_SECONDS:
            await self._hear()
            self._look()

    async def _hear(self) -> None:
        if hearing.note(self._ledger, await self._reader.read()):
            self._moved = time.monotonic()

    def _look(self, *, now: bool = False) -> Counts:
        """Count, but not more often than is useful: a tenth of the time at most goes into counting."""
        started = time.monotonic()
        if now or started > self._next_count:
            self._counts = self._ledger.counts()
            self._next_count = time.monotonic() + max(_LOOK_SECONDS, 10 * (time.monotonic() - started))
            self._progress.say(self._said())
        return self._counts

    def _said(self) -> str:
        c, seconds = self._counts, time.monotonic() - self._started
        return (
            f"{seconds:5.0f} s  created {c.created}/{c.valid}  assigned {c.assigned}  promised {c.promised}  "
            f"closed {c.closed}/{c.to_close}  messages {c.messages}"
        )


def _has_room(sent: int, counts: Counts) -> bool:
    """Tell whether more endings may be sent.

    >>> _has_room(5_000, Counts(9, 9, 9, 9, 4_000, 0, 0, 0, 9, 0, 9))
    True
    """
    return sent - counts.closed - counts.referred < IN_FLIGHT
