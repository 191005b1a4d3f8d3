"""Which requests a report may be the same as: near, recent, of the same or a related kind; shown, never merged."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from contracts.city import City, DuplicateWindow
from contracts.vocabulary import Disposition
from intake.domain.geocoding import Spot, metres

BEST: Final = 5
"""Candidates that are shown."""

_METRES_A_DEGREE: Final = 111_000.0
_WORD: Final = re.compile(r"[^\W_]{3,}")
_NOT_DONE: Final = frozenset({Disposition.DUPLICATE.value, Disposition.CANCELLED_BY_REQUESTER.value})
"""Closings after which nothing can come back: no work was claimed."""

DISTANCE, AGE, KIND, ADDRESS, WORDS, CONTACT, ASSET = 4.0, 1.5, 2.0, 1.5, 1.0, 0.5, 3.0
"""What speaks for the same thing, and how much. Another asset of the same kind speaks against it as much."""


class Search(NamedTuple):
    """A box in space and time; `services` are parted by spaces."""

    south: float
    north: float
    west: float
    east: float
    since: datetime
    until: datetime
    services: str


@dataclass(frozen=True, slots=True)
class Sighting:
    """One report as far as it can be compared; `closed_at` is None while it is open."""

    request_id: UUID | None
    service_code: str
    spot: Spot
    opened_at: datetime
    closed_at: datetime | None = None
    tracking_number: str = ""
    address: str = ""
    words: frozenset[str] = frozenset()
    asset_id: str | None = None
    contact_refs: frozenset[str] = frozenset()
    parent_id: UUID | None = None
    substatus: str = ""
    disposition: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a kept request."""
        closed_at = row["closed_at"]
        return cls(
            request_id=row["request_id"],
            service_code=row["service_code"],
            spot=Spot(row["latitude"], row["longitude"]),
            opened_at=row["opened_at"],
            closed_at=datetime.fromisoformat(closed_at) if closed_at else None,
            tracking_number=row["tracking_number"],
            address=row["address"] or "",
            words=words_of(row["description"]),
            asset_id=row["asset_id"],
            contact_refs=frozenset(row["contact_refs"].split()),
            parent_id=row["parent_request_id"],
            substatus=row["substatus"],
            disposition=row["disposition"],
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request that a report may be the same as; `score` is 0 to 1, `metres` how far it is."""

    of: Sighting
    score: float
    metres: float

    @property
    def is_open(self) -> bool:
        """Whether there is still something to follow."""
        return self.of.closed_at is None


def words_of(text: str) -> frozenset[str]:
    """Part a text into the words that count.

    >>> sorted(words_of("The lamp is out, THE lamp!"))
    ['lamp', 'out', 'the']
    """
    return frozenset(_WORD.findall(text.casefold()))


def window_of(city: City, service_code: str) -> DuplicateWindow | None:
    """Say how near another report must be; None where reports of a service are never the same thing.

    >>> from types import SimpleNamespace as Some
    >>> near = Some(duplicates=DuplicateWindow(metres=50, hours=24))
    >>> city = Some(services={"pothole": near, "missed-bin": Some(duplicates=None)})
    >>> window_of(city, "pothole").metres, window_of(city, "missed-bin")
    (50.0, None)
    """
    service = city.services.get(service_code)
    return service.duplicates if service else None


def search_for(report: Sighting, window: DuplicateWindow, kinds: Sequence[str]) -> Search:
    """Draw the box around a report in which its duplicates lie.

    >>> noon = datetime(2026, 11, 20, 12)
    >>> lamp = Sighting(None, "lamp", Spot(34.0, -118.0), noon)
    >>> box = search_for(lamp, DuplicateWindow(metres=111, hours=24), ["lamp", "lamps"])
    >>> round(box.south, 4), round(box.north, 4), box.since.day, box.services
    (33.999, 34.001, 19, 'lamp lamps')
    """
    latitude, longitude = report.spot
    high = window.metres / _METRES_A_DEGREE
    wide = high / max(cos(radians(latitude)), 0.01)
    since = report.opened_at - timedelta(hours=window.hours)
    box = (latitude - high, latitude + high, longitude - wide, longitude + wide)
    return Search(*box, since, report.opened_at, " ".join(kinds))


def candidates(report: Sighting, others: Iterable[Sighting], window: DuplicateWindow) -> tuple[Candidate, ...]:
    """Choose the best: what is open first, then by score; those that follow another are left to their parent.

    >>> noon = datetime(2026, 11, 20, 12)
    >>> here, hour = Spot(34.0, -118.0), timedelta(hours=1)
    >>> lamp = Sighting(UUID(int=1), "lamp", here, noon - hour)
    >>> far = Sighting(UUID(int=2), "lamp", Spot(34.0009, -118.0), noon - hour)
    >>> done = Sighting(UUID(int=3), "lamp", here, noon - 9 * hour, closed_at=noon - hour)
    >>> found = candidates(Sighting(None, "lamp", here, noon), [done, far, lamp], DuplicateWindow(metres=120, hours=24))
    >>> [candidate.of.request_id.int for candidate in found]
    [1, 2, 3]
    """
    found = [candidate for other in others if (candidate := _weighed(report, other, window))]
    found.sort(key=lambda c: (not c.is_open, -c.score, c.of.opened_at))
    return tuple(found[:BEST])


def _weighed(report: Sighting, other: Sighting, window: DuplicateWindow) -> Candidate | None:
    if other.request_id == report.request_id or other.parent_id is not None:
        return None
    away = metres(report.spot, other.spot)
    age = (report.opened_at - (other.closed_at or other.opened_at)) / timedelta(hours=window.hours)
    if away > window.metres or not 0 <= age <= 1:
        return None
    return Candidate(other, round(_score(report, other, away / window.metres, age), 3), round(away, 1))


def _score(report: Sighting, other: Sighting, away: float, age: float) -> float:
    parts = (
        (DISTANCE, 1 - away),
        (AGE, 1 - age),
        (KIND, float(report.service_code == other.service_code)),
        (ADDRESS, float(bool(report.address) and report.address.casefold() == other.address.casefold())),
        (WORDS, _likeness(report.words, other.words)),
        (CONTACT, float(bool(report.contact_refs & other.contact_refs))),
        (ASSET, _same_asset(report, other)),
    )
    return max(sum(weight * part for weight, part in parts), 0.0) / sum(weight for weight, _ in parts)


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one and other else 0.0


def _same_asset(report: Sighting, other: Sighting) -> float:
    if not report.asset_id or not other.asset_id:
        return 0.0
    return 1.0 if report.asset_id == other.asset_id else -1.0


def recurrence(report: Sighting, found: Sequence[Candidate]) -> Candidate | None:
    """Find the closed request a report is the same as again; None while an open one may be it, or nothing was done.

    >>> noon = datetime(2026, 11, 20, 12)
    >>> done = Sighting(UUID(int=3), "lamp", Spot(34.0, -118.0), noon, closed_at=noon, disposition="fixed")
    >>> again = Sighting(None, "lamp", Spot(34.0, -118.0), noon)
    >>> recurrence(again, [Candidate(done, 0.9, 0.0)]).of.request_id.int
    3
    """
    same = [c for c in found if c.of.service_code == report.service_code and c.of.disposition not in _NOT_DONE]
    return same[0] if same and not any(c.is_open for c in found) else None


def link_problem(child: UUID, parent: UUID, grandparent: UUID | None, *, has_children: bool) -> str | None:
    """Say why a request cannot follow another; None when it can. There are no chains: only parents and children.

    >>> link_problem(UUID(int=1), UUID(int=1), None, has_children=False)
    'A request cannot follow itself.'
    """
    if child == parent:
        return "A request cannot follow itself."
    if grandparent is not None:
        return f"That request follows another itself ({grandparent}); link to that one."
    if has_children:
        return "Other requests follow this one; link or unlink them first."
    return None
