"""Noting what was asked: counted, and where nobody answers a task for editors, in words that tell on nobody.

No question writes anything itself: what was noted is written once a second, and when the service stops. A process that
is killed loses the counts of its last second, and nothing else.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

from chassis.http import Doors
from chassis.ids import derived_id
from chassis.transaction import Transaction
from chassis.waiting import happens
from kb.domain.counts import Measure
from kb.domain.gaps import ENOUGH, digests_of
from kb.domain.search import telling, tokens
from kb.handlers.counting import Vain
from kb.handlers.reading_room import ReadingRoom
from kb.store import desk, loop

FLUSH_SECONDS: Final = 1.0
LAST_SECONDS: Final = 5.0
"""How long a service that stops tries to write what it counted last."""
MOST_WORDS: Final = 24


def note_search(room: ReadingRoom, text: str, language: str, day: date, *, found: bool) -> None:
    """Count a search; one in vain opens a task in a moment."""
    room.ledger.note(Measure.SEARCHED, language, day)
    if not found:
        room.ledger.note(Measure.NOT_FOUND, language, day)
        room.ledger.in_vain.append(_vain(room, text, language))


def note_unanswered(room: ReadingRoom, text: str, language: str, day: date) -> str:
    """Count a question that nobody answers; returns the name of the task that is opened, or asked for once more."""
    room.ledger.note(Measure.NOT_FOUND, language, day)
    vain = _vain(room, text, language)._replace(is_told=True)
    room.ledger.in_vain.append(vain)
    return _name(language, vain.readable())


def _vain(room: ReadingRoom, text: str, language: str) -> Vain:
    """Sort words into those that editors may read and those they may not.

    They read those that the city's own texts hold, and those that enough people have typed.
    """
    library = room.library
    words = tuple(dict.fromkeys(telling(tokens(text), language)[:MOST_WORDS]))
    ours = {*library.articles[language].known_words(text), *library.services[language].known_words(text)}
    popular = room.ledger.popular.get(language, frozenset())
    return Vain(language, words, frozenset(ours), frozenset(word for word in words if word in popular))


async def flush(doors: Doors, room: ReadingRoom) -> None:
    """Write what was counted, and open the tasks of what was asked in vain; what was begun is brought to its end."""
    await asyncio.shield(asyncio.ensure_future(_flush(doors, room)))


async def _flush(doors: Doors, room: ReadingRoom) -> None:
    ledger = room.ledger
    async with ledger.writing:
        counts, vain = ledger.take()
        if counts:

            async def write(tx: Transaction) -> None:
                await _open_tasks(tx, room, vain)
                await loop.add_counts(tx, counts)

            await doors.persist(write)


async def _open_tasks(tx: Transaction, room: ReadingRoom, vain: Sequence[Vain]) -> None:
    asked: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for language in sorted({one.language for one in vain}):
        said = [one for one in vain if one.language == language]
        popular = await _popular(tx, room, language, said)
        asked.update((language, one.readable(popular)) for one in said)
    await desk.open_tasks(tx, [_task(tx, *subject, times) for subject, times in asked.items()])


async def _popular(tx: Transaction, room: ReadingRoom, language: str, said: Iterable[Vain]) -> frozenset[str]:
    strange = Counter(word for one in said for word in one.words if word not in one.ours)
    words = digests_of(strange, language, room.key)
    times = {digest: strange[word] for digest, word in words.items()}
    found = await loop.miss_words(tx, words, times, language, tx.now.date(), ENOUGH)
    room.ledger.popular[language] = room.ledger.popular.get(language, frozenset()) | found
    return found


def _task(tx: Transaction, language: str, readable: tuple[str, ...], times: int) -> dict[str, Any]:
    return {
        "task_id": _name(language, readable),
        "kind": "unanswered",
        "subject": " ".join(readable),
        "language": language,
        "agency": None,
        "asked": times,
        "at": tx.now,
    }


def _name(language: str, readable: Iterable[str]) -> str:
    return str(derived_id("unanswered", language, *sorted(readable)))


async def run(doors: Doors, stop: asyncio.Event, room: ReadingRoom) -> None:
    """Write every second until stopped, and once more then."""
    try:
        while not stop.is_set():
            await flush(doors, room)
            await happens(stop, FLUSH_SECONDS)
    finally:
        async with asyncio.timeout(LAST_SECONDS):
            await flush(doors, room)
