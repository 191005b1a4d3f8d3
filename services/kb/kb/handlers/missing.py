"""Noting what nobody found: counted at once, and a task for editors, in words that tell on nobody."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from chassis.http import Doors
from chassis.ids import derived_id
from chassis.transaction import Transaction
from kb.domain.counts import Measure
from kb.domain.gaps import ENOUGH, digests_of
from kb.domain.search import telling, tokens
from kb.handlers.reading_room import ReadingRoom
from kb.store import desk, loop

FLUSH_SECONDS: Final = 1.0
MOST_WAITING: Final = 2_000
"""Searches in vain that wait to be written; while the database is away, the newest."""


def note_search(room: ReadingRoom, text: str, language: str, day: date, *, found: bool) -> None:
    """Count a search; one in vain opens a task in a moment, so that the search itself writes nothing."""
    room.ledger.note(Measure.SEARCHED, language, day)
    if not found:
        room.ledger.note(Measure.NOT_FOUND, language, day)
        room.ledger.in_vain = [*room.ledger.in_vain[-MOST_WAITING:], (text, language)]


async def flush(doors: Doors, room: ReadingRoom) -> None:
    """Write what was counted, and open the tasks of what was searched in vain."""
    vain, room.ledger.in_vain = room.ledger.in_vain, []
    if vain:

        async def write(tx: Transaction) -> None:
            await desk.open_tasks(tx, _as_one([await _task(tx, room, text, language) for text, language in vain]))

        await doors.persist(write)
    await room.ledger.flush(doors)


def _as_one(tasks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Count what was asked several times as one task."""
    found: dict[str, dict[str, Any]] = {}
    for task in tasks:
        known = found.setdefault(str(task["task_id"]), task | {"asked": 0})
        known["asked"] += 1
    return list(found.values())


async def run(doors: Doors, stop: asyncio.Event, room: ReadingRoom) -> None:
    """Write every second until stopped."""
    while not stop.is_set():
        await flush(doors, room)
        await asyncio.sleep(FLUSH_SECONDS)


async def open_task(doors: Doors, room: ReadingRoom, text: str, language: str) -> str:
    """Open a task for a question that nobody answers, or count it once more; returns the task's name.

    Of its words an editor reads those that the city's own texts hold, and those that enough people have typed.
    """
    async with doors.transaction() as tx:
        task = await _task(tx, room, text, language)
        await desk.open_tasks(tx, [task])
    return str(task["task_id"])


async def _task(tx: Transaction, room: ReadingRoom, text: str, language: str) -> dict[str, Any]:
    library = room.library
    words = telling(tokens(text), language)[:24]
    known = {*library.articles[language].known_words(text), *library.services[language].known_words(text)}
    strange = [word for word in dict.fromkeys(words) if word not in known]
    popular = await loop.miss_words(tx, digests_of(strange, language, room.key), language, tx.now.date(), ENOUGH)
    readable = _readable(words, known | popular)
    return {
        "task_id": derived_id("unanswered", language, *sorted(readable)),
        "kind": "unanswered",
        "subject": " ".join(readable),
        "language": language,
        "agency": None,
        "asked": 1,
        "at": tx.now,
    }


def _readable(words: Sequence[str], allowed: frozenset[str] | set[str]) -> list[str]:
    return list(dict.fromkeys(word for word in words if word in allowed))
