"""Reading the words of new requests, and which version of the reader does it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Self
from uuid import UUID

from chassis.choosing import Choice, ChooserSettings, open_choice
from chassis.commands import Reply
from chassis.errors import Problem, conflict, not_found
from chassis.http import Doors
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.city import City
from contracts.vocabulary import Clock
from routing.domain.cases import Case, Effect, Retype
from routing.domain.directory import Directory
from routing.domain.lifecycle import question_of
from routing.domain.reading import Model, Setting
from routing.domain.reading.deciding import Manner, Reading, decide, needs_reading, weigh_up
from routing.domain.reading.shipped import shipped
from routing.domain.rules import Question, choose
from routing.store import reading as store

_KEPT = 5


@dataclass(frozen=True, slots=True)
class Bound:
    """A version of the reader, ready to read."""

    version: int
    model: Model


class Reader:
    """The reader of a city: the version in use, loaded when it is first needed, and again when another takes over."""

    def __init__(self, city: City, choice: Choice | None = None) -> None:
        self.manner, self.choice = Manner.of(city), choice or Choice(None)
        self.city, self._lock = city, asyncio.Lock()
        self._bound: Bound | None = None

    @classmethod
    def open(cls, city: City, settings: ChooserSettings) -> Self:
        """Make the reader of a city, and whoever the settings let choose."""
        return cls(city, open_choice(settings))

    async def in_use(self, reads: Reads) -> Bound:
        """Open the version in use; every instance of the service asks the database which that is."""
        version = await store.reader_in_use(reads)
        async with self._lock:
            if self._bound is None or self._bound.version != version:
                self._bound = Bound(version, await self._open(reads, version))
            return self._bound

    async def _open(self, reads: Reads, version: int) -> Model:
        kept = await store.reader_weights(reads, version)
        if kept is None:
            return await asyncio.to_thread(shipped, self.city)
        return await asyncio.to_thread(Model.from_bytes, kept)

    def read(self, bound: Bound, question: Question, text: str, directory: Directory) -> Reading:
        """Read a text: services and agencies, the likeliest first."""
        local = directory.local(question.opened_at) if question.opened_at else None
        setting = Setting(local, tuple(sorted(question.areas.items())), question.spot)
        agency_of = partial(self.agency_of, question=question, directory=directory)
        return weigh_up(bound.model.read(text, setting), agency_of, self.manner)

    def agency_of(self, code: str, question: Question, directory: Directory) -> str | None:
        """Tell who would have a request if it asked for this service."""
        found = choose(replace(question, service_code=code), directory)
        return found[0].agency if found else None


async def open_early(doors: Doors, _stop: asyncio.Event, reader: Reader) -> None:
    """Open the version in use as the service starts: the first request whose words decide must not wait for it."""
    async with doors.reads() as reads:
        await reader.in_use(reads)


async def read_new(
    tx: Transaction, cases: Sequence[Case], reader: Reader, directory: Directory
) -> Mapping[UUID, Sequence[Effect]]:
    """Read those new requests whose words decide; of the others nothing is said, and no statement is made.

    A rebuild reads nothing again: what was assigned is on the log. Imported history keeps the desk on its record.
    """
    asked = [case for case in cases if _is_asked(case, reader.manner)]
    if tx.rebuilding or not asked:
        return {}
    bound = await reader.in_use(tx)
    readings = [(case, reader.read(bound, question_of(case), case.description, directory)) for case in asked]
    decided = {case.request_id: decide(case, reading, reader.manner, directory) for case, reading in readings}
    rows = [_row(case, reading, bound, decided[case.request_id], tx) for case, reading in readings]
    await store.note_readings(tx, rows)
    return {request_id: effects for request_id, effects in decided.items() if effects}


def _is_asked(case: Case, manner: Manner) -> bool:
    waits = not (case.is_closed or case.follows or case.about.clock is Clock.EVENT)
    return waits and needs_reading(case, manner)


def _row(case: Case, reading: Reading, bound: Bound, effects: Sequence[Effect], tx: Transaction) -> Row:
    return {
        "request_id": case.request_id,
        "version": bound.version,
        "services": [asdict(guess) for guess in reading.services[:_KEPT]],
        "agencies": [asdict(guess) for guess in reading.agencies[:_KEPT]],
        "assigned": any(isinstance(effect, Retype) for effect in effects),
        "read_at": tx.now,
    }


async def put_to_use(tx: Transaction, commands: Sequence[Command[int]]) -> list[Reply | Problem]:
    """Let a version read from now on; audited. Version 0 is the one that ships."""
    return [await _put_to_use(tx, command) for command in commands]


async def _put_to_use(tx: Transaction, command: Command[int]) -> Reply | Problem:
    version, before = command.payload, await store.reader_in_use(tx)
    known = {row["version"]: row for row in await store.reader_versions(tx)}
    problem = _hindrance(version, known, before)
    if problem:
        return problem
    await store.put_to_use(tx, version)
    detail: dict[str, Any] = {"before": before, "marks": known[version]["marks"] if version else {}}
    tx.audit(command.principal, "reader.put_to_use", str(version), detail)
    return Reply(200, {"version": version, "before": before})


def _hindrance(version: int, known: Mapping[int, Row], before: int) -> Problem | None:
    if version == store.SHIPPED:
        return None
    if version not in known:
        return not_found("reader version")
    if known[version]["verdict"] != "better":
        return conflict(f"Version {version} was refused: it reads worse than version {known[version]['against']} did.")
    if known[version]["against"] != before and version > before:
        return conflict(f"Version {version} was compared with version {known[version]['against']}, but {before} reads "
                        "now; run `make train` again.")  # fmt: skip
    return None
