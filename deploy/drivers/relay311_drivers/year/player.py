"""Plays a year: hands requests in as they were opened, and lets each agency report when its time has come."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson
from aiokafka import AIOKafkaProducer

from contracts.city import City
from contracts.topics import outbox
from relay311_drivers.bodies import line_of
from relay311_drivers.log import LogReader, writing
from relay311_drivers.problems import DriverError
from relay311_drivers.progress import Progress
from relay311_drivers.replay import doors
from relay311_drivers.running import Platform
from relay311_drivers.web import Web
from relay311_drivers.year.desks import Desks, Work, is_last
from relay311_drivers.year.making import Past
from relay311_drivers.year.tally import Room, Tally

BATCH: Final = 500
STEPS: Final = 1_000
IN_FLIGHT: Final = 6_000
"""Requests handed in and not yet assigned and promised, and endings reported and not yet heard: at most so many."""
STALLED_SECONDS: Final = 180.0


class Held(NamedTuple):
    """A request on its agencies' desks: the assignments still open (`parts`), and those that have ended (`done`)."""

    opened: datetime
    ended: datetime
    parts: set[str]
    done: set[str]


class Player:
    """One year's replay. It holds what is open, never the whole year."""

    def __init__(self, platform: Platform, city: City, reader: LogReader, web: Web, total: int) -> None:
        self._platform, self._city, self._reader, self._web = platform, city, reader, web
        self._desks = Desks(tuple(city.profile.languages))
        self._new: dict[str, Past] = {}
        self._triage: dict[str, str] = {}
        self._held: dict[str, Held] = {}
        self._ending: set[str] = set()
        self._producers: dict[str, AIOKafkaProducer] = {}
        self._closing = AsyncExitStack()
        self._progress, self._moved = Progress(), time.monotonic()
        self.tally = Tally(total)

    async def play(self, year: Iterable[Past], room: Room) -> Tally:
        """Play everything to its end. Raises DriverError when the disk gets full or nothing moves any more."""
        async with self._closing:
            for batch in _batches(year):
                await self._hand_in(batch)
                await self._work_until(batch[-1].opened)
                room.check(self.tally.created)
            self.tally.phase = "ending what is open"
            await self._listen(lambda: not self._new)
            await self._work_until(None)
            await self._listen(lambda: not self._ending)
        return self.tally

    async def _hand_in(self, batch: list[Past]) -> None:
        """Post a batch when there is room for it."""
        await self._listen(lambda: len(self._new) + self.tally.unpromised + len(self._ending) < IN_FLIGHT)
        lines = [
            doors.Line(n, past.report.submission_key, orjson.dumps(line_of(past.report)))
            for n, past in enumerate(batch)
        ]
        for past, answer in zip(batch, await doors.submit(self._web, self._platform, lines), strict=True):
            if not isinstance(answer, doors.Taken):
                raise DriverError(f"A request of the year was refused, which none should be: {answer}")
            self._new[answer.request_id] = past
            if past.report.service_code in self._city.profile.triage_services:
                self._triage[answer.request_id] = past.report.submission_key
        self.tally.created += len(batch)
        self.tally.day = batch[-1].opened

    async def _work_until(self, until: datetime | None) -> None:
        """Let the agencies report what is due by then; without a moment, everything there is."""
        while work := list(self._desks.due(until, STEPS)):
            await self._report(work)
            await self._listen(lambda: len(self._ending) < IN_FLIGHT)

    async def _report(self, work: list[Work]) -> None:
        """Publish reports, in order, each on its agency's outbox; return when the log has them all."""
        sent = []
        for one in work:
            producer = await self._producer(one.agency)
            key, value = self._desks.record(one)
            sent.append(await producer.send(outbox(one.agency), value, key))
            if is_last(one):
                self._end(one)
        for acknowledged in sent:
            await acknowledged

    def _end(self, work: Work) -> None:
        """Note that one of a request's assignments has ended; the last one closes it."""
        held = self._held[work.request_id]
        held.parts.discard(work.assignment_id)
        held.done.add(work.assignment_id)
        if not held.parts:
            del self._held[work.request_id]
            self._ending.add(work.request_id)

    async def _producer(self, agency: str) -> AIOKafkaProducer:
        if agency not in self._producers:
            opened = writing(self._platform, f"agency.{agency}")
            self._producers[agency] = await self._closing.enter_async_context(opened)
        return self._producers[agency]

    async def _listen(self, done: Callable[[], bool]) -> None:
        """Hear what the platform publishes, at least once, until that is done."""
        await self._hear()
        while not done():
            if time.monotonic() - self._moved > STALLED_SECONDS:
                raise DriverError(f"Nothing has moved for {STALLED_SECONDS:.0f} s: {self.tally}; see `make status`.")
            await self._hear()

    async def _hear(self) -> None:
        heard = await self._reader.read()
        for topic, envelope in heard:
            if envelope.clock == "event":
                _HEARD[topic](self, envelope.data)
        if heard:
            self._moved = time.monotonic()
        if self._triage:
            await self._decide()
        self.tally.open = len(self._desks)
        self._progress.say(str(self.tally))

    def assigned(self, said: Mapping[str, Any]) -> None:
        """Put a request on its agency's desk; one that several agencies share stands on several."""
        request_id, assignment_id = said["request_id"], said["assignment_id"]
        if request_id in self._new:
            past = self._new.pop(request_id)
            self._held[request_id] = Held(past.opened, past.ended, set(), set())
            self._triage.pop(request_id, None)
            self.tally.assigned += 1
        held = self._held.get(request_id)
        if held is not None and assignment_id not in held.parts | held.done:
            held.parts.add(assignment_id)
            self._desks.take(assignment_id, request_id, said["agency"], held.opened, held.ended)

    def promised(self, said: Mapping[str, Any]) -> None:
        """Count a request's first promise."""
        self.tally.promised += said["revision"] == 1

    def closed(self, said: Mapping[str, Any]) -> None:
        """Count a closing that was waited for."""
        if said["request_id"] in self._ending:
            self._ending.remove(said["request_id"])
            self.tally.closed += 1

    async def _decide(self) -> None:
        """Play the triage desk: what nobody's rule takes goes to the city's own desk."""
        owner = self._city.profile.operator_agency
        waiting = ((request_id, key, owner) for request_id, key in islice(self._triage.items(), BATCH))
        await doors.resolve(self._web, self._platform, self._city, list(waiting))


_HEARD: Final = {
    "request.assigned": Player.assigned,
    "request.promised": Player.promised,
    "request.closed": Player.closed,
}
TOPICS: Final = tuple(_HEARD)
"""What is listened to."""


def _batches(year: Iterable[Past]) -> Iterator[list[Past]]:
    rest = iter(year)
    while batch := list(islice(rest, BATCH)):
        yield batch
