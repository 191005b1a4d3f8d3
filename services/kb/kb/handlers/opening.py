"""Opening the reading room: the city's folder is published, and everything that can be found is at hand."""

from pathlib import Path

from chassis.ids import derived_id
from chassis.records import Due
from chassis.transaction import Transaction
from contracts.city import load_articles, load_city
from kb.handlers.counting import FORGET, promise_to_forget
from kb.handlers.library import Library
from kb.handlers.publishing import publish_folder
from kb.handlers.reading_room import ReadingRoom
from kb.store import loop


def reading_room(folder: Path, key: str, *, by_meaning: frozenset[str] = frozenset()) -> ReadingRoom:
    """Prepare the room for a city's folder; it is empty until it opens."""
    city = load_city(folder)
    return ReadingRoom(city, load_articles(folder), Library(city, by_meaning), key)


async def open_room(tx: Transaction, room: ReadingRoom) -> None:
    """Publish what is new in the folder, then take everything in."""
    await publish_folder(tx, room.city, room.folder)
    await room.library.follow(tx)
    room.ledger.popular.update(await loop.popular_words(tx))
    promise_to_forget(tx, Due(FORGET, "daily", tx.now, {}, derived_id(FORGET, tx.now.isoformat()), tx.now))
