"""What a service's requests have taught: the printed figure, the curve beside it, and which of the two to trust."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from sla.domain.curve import Ages, Curve, Shown, curve_of, shown_by, weight

SHARES: Final = (10, 50, 80, 90)
UNKNOWN: Final = Shown(None, None, None, None)
PRINTED_WINDOW: Final = timedelta(days=365)
TRIED: Final = timedelta(days=30)
"""How long before now both ways are tried on what was opened since."""

SERVICE_STRENGTH: Final = 5.0
"""How many requests the city counts for in a service's own curve."""
AREA_STRENGTH: Final = 300.0
"""How many requests the service counts for in an area's curve: areas differ far less than services do."""
EVERYWHERE: Final = "*"
_MINUTE: Final = timedelta(minutes=1)


class Way(StrEnum):
    """How a figure was found."""

    PRINTED = "closed_requests"
    CURVE = "open_and_closed_requests"


class Counted(NamedTuple):
    """Requests of one area and time that were closed after so many minutes, or have been open for so many."""

    area: str
    opened: datetime
    minutes: float
    requests: int
    is_open: bool


class Learned(NamedTuple):
    """What is known of a service: both figures, the areas that have shown enough, and the way that is used."""

    sample_size: int
    printed: Shown
    curve: Shown
    areas: Mapping[str, Shown]
    ages: Ages
    way: Way

    @property
    def said(self) -> Shown:
        """What is said of the whole city."""
        return self.printed if self.way == Way.PRINTED else self.curve

    @property
    def apart(self) -> Collection[str]:
        """The areas that are told apart."""
        return self.areas.keys() if self.way == Way.CURVE else ()

    def said_in(self, area: str) -> Shown:
        """Return what is said of one area; the printed way knows no areas."""
        return self.areas.get(area, self.said) if self.way == Way.CURVE else self.said


def cohort_rank(opened: int, share: int) -> int:
    """Return which of so many opened requests, ranked by how soon they were closed, is the one that makes the share.

    >>> cohort_rank(10, 80), cohort_rank(11, 80), cohort_rank(1, 80)
    (8, 9, 1)
    """
    return -(-share * opened // 100)


def printed(counted: Iterable[Counted]) -> Shown:
    """Return the figures of the printed method: the nearest rank among all opened, none where too few are closed.

    >>> def took(minutes, requests, is_open=False): return Counted("", datetime(2026, 1, 1), minutes, requests, is_open)
    >>> printed([took(1440, 7), took(2880, 1), took(0, 2, is_open=True)]).days_80
    2.0
    >>> printed([took(1440, 7), took(0, 3, is_open=True)]).days_80 is None
    True
    """
    found = list(counted)
    closed = sorted((c.minutes, c.requests) for c in found if not c.is_open)
    opened = sum(c.requests for c in found)
    return Shown(*(_ranked(closed, cohort_rank(opened, share)) for share in SHARES)) if opened else UNKNOWN


def _ranked(closed: Sequence[tuple[float, int]], rank: int) -> float | None:
    for minutes, requests in closed:
        rank -= requests
        if rank <= 0:
            return minutes / 1440
    return None


def ages_of(counted: Iterable[Counted], now: datetime) -> Ages:
    """Count requests by age, each as much as it still says about now."""
    ages, today = Ages(), now.date()
    for c in counted:
        ages.add(c.minutes, c.requests * weight(c.opened.date(), today), is_open=c.is_open)
    return ages


def learn(
    counted: Sequence[Counted], city: Curve, now: datetime, minimum: int, parts: Mapping[str, Ages] | None = None
) -> Learned | None:
    """Return what a service has taught; None until so many of its requests were closed.

    `parts` are the ages of its areas where they were counted already.
    """
    closed = sum(c.requests for c in counted if not c.is_open)
    if closed < minimum:
        return None
    by_print, ages = _by_print(counted, now), ages_of(counted, now)
    own = curve_of(ages, city, SERVICE_STRENGTH)
    by_curve = shown_by(own)
    parts = _areas(counted, now, minimum) if parts is None else parts
    areas = {area: shown_by(curve_of(part, own, AREA_STRENGTH)) for area, part in parts.items()}
    return Learned(closed, by_print, by_curve, areas, ages, _better(by_print, by_curve, counted, city, now, minimum))


def _by_print(counted: Sequence[Counted], now: datetime) -> Shown:
    return printed(c for c in counted if c.opened >= now - PRINTED_WINDOW)


def _areas(counted: Iterable[Counted], now: datetime, minimum: int) -> dict[str, Ages]:
    parts: defaultdict[str, list[Counted]] = defaultdict(list)
    for c in counted:
        parts[c.area].append(c)
    enough = {area: part for area, part in parts.items() if area and _closed(part) >= minimum}
    return {area: ages_of(part, now) for area, part in enough.items()}


def _closed(counted: Iterable[Counted]) -> int:
    return sum(c.requests for c in counted if not c.is_open)


def _better(
    by_print: Shown, by_curve: Shown, counted: Sequence[Counted], city: Curve, now: datetime, minimum: int
) -> Way:
    """Choose the way that would have been nearer to 80 % for what was opened lately; the printed one where both were.

    A way that has nothing to say now is not chosen while the other has.
    """
    if by_print.days_80 is None or by_curve.days_80 is None:
        return Way.CURVE if by_print.days_80 is None else Way.PRINTED
    cut = now - TRIED
    known, tried = known_at(counted, cut), [c for c in counted if c.opened >= cut]
    if _closed(known) < minimum or _closed(tried) < minimum:
        return Way.PRINTED
    curve = shown_by(curve_of(ages_of(known, cut), city, SERVICE_STRENGTH))
    off = {Way.PRINTED: _off(_by_print(known, cut), tried), Way.CURVE: _off(curve, tried)}
    return Way.CURVE if off[Way.CURVE] < off[Way.PRINTED] else Way.PRINTED


def known_at(counted: Iterable[Counted], cut: datetime) -> list[Counted]:
    """Return what was known at an earlier moment: what was closed later was open then, for so long.

    >>> cut = datetime(2026, 1, 8)
    >>> known_at([Counted("", datetime(2026, 1, 1), 9 * 1440, 4, is_open=False)], cut)[0][2:]
    (10080.0, 4, True)
    """
    known = []
    for c in counted:
        if c.opened < cut:
            seen = (cut - c.opened) / _MINUTE
            known.append(c._replace(minutes=seen, is_open=True) if c.is_open or c.minutes >= seen else c)
    return known


def _off(said: Shown, tried: Iterable[Counted]) -> float:
    """Return by how much a figure held more or less often than 80 %; 1 for one that said nothing."""
    if said.days_80 is None:
        return 1.0
    limit, within, decided = said.days_80 * 1440, 0, 0
    for c in tried:
        if not c.is_open or c.minutes > limit:
            decided += c.requests
            within += c.requests if not c.is_open and c.minutes <= limit else 0
    return abs(within / decided - SHARES[2] / 100) if decided else 1.0
