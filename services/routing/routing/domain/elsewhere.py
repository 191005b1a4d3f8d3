"""Who outside 311 may be the right one: found by the city's own words for it, with number and hours."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from contracts.city import Transfer
from routing.domain.reading.features import plain

MOST: Final = 3


def elsewhere(text: str, transfers: Iterable[Transfer]) -> list[Transfer]:
    """Find the transfers whose words a text holds, those with the longest first.

    >>> say = {"en": "Adoption."}
    >>> shelter = Transfer(slug="shelter", name=say, kind="city_desk", reasons=say, source="x",
    ...     keywords={"en": ["adopt"], "es": ["adopción"]})
    >>> [found.slug for found in elsewhere("Quiero información de adopción", (shelter,))]
    ['shelter']
    >>> elsewhere("adoptive parents", (shelter,))
    []
    """
    said = f" {plain(text)} "
    scored = [(max((len(word) for word in map(plain, one.keywords.all()) if f" {word} " in said), default=0), one)
              for one in transfers]  # fmt: skip
    found = sorted((pair for pair in scored if pair[0]), key=lambda pair: (-pair[0], pair[1].slug))
    return [one for _, one in found[:MOST]]


def is_open(transfer: Transfer, local: datetime) -> bool | None:
    """Tell whether somebody answers there now; None where no hours are known.

    >>> say = {"en": "Meters."}
    >>> meters = Transfer(slug="m", name=say, kind="city_desk", reasons=say, source="x", hours="Mon-Fri 08:00-17:00")
    >>> is_open(meters, datetime(2026, 11, 27, 9)), is_open(meters, datetime(2026, 11, 28, 9))
    (True, False)
    """
    return transfer.hours.is_open(local) if transfer.hours else None
