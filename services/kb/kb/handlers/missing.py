"""Noting what nobody found: counted at once, and a task for editors, in words that tell on nobody."""

from collections.abc import Sequence
from typing import Any

from chassis.http import Doors
from chassis.ids import derived_id
from chassis.transaction import Transaction
from kb.domain.counts import Measure
from kb.domain.gaps import ENOUGH, digests_of
from kb.domain.search import telling, tokens
from kb.handlers.reading_room import ReadingRoom
from kb.store import desk, loop


async def note_search(doors: Doors, room: ReadingRoom, text: str, language: str, *, found: bool) -> None:
    """Count a search; one in vain opens a task."""
    day = doors.database.clock().date()
    room.ledger.note(Measure.SEARCHED, language, day)
    if not found:
        room.ledger.note(Measure.NOT_FOUND, language, day)
        await open_task(doors, room, text, language)


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
