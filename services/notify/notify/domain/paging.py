"""The place in a list where the next page begins."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import NamedTuple
from uuid import UUID


class Place(NamedTuple):
    """After which message a page begins: by when it was intended, and its id."""

    made_at: datetime
    intent_id: UUID


def written(place: Place) -> str:
    """Write a place as a cursor.

    >>> place = Place(datetime.fromisoformat("2026-03-02T17:00:00+00:00"), UUID(int=7))
    >>> place_of(written(place)) == place, place_of("nonsense") is None, place_of(written(place)[:-9]) is None
    (True, True, True)
    """
    return urlsafe_b64encode(f"{place.made_at.isoformat()}|{place.intent_id}".encode()).decode().rstrip("=")


def place_of(cursor: str) -> Place | None:
    """Read a cursor; None for what is none.

    >>> place_of("") is None, place_of("ä") is None
    (True, True)
    """
    try:
        at, _, name = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition("|")
        read = Place(datetime.fromisoformat(at), UUID(name))
    except ValueError:
        return None
    return read if read.made_at.tzinfo else None
