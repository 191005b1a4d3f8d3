"""What a service's requests have taught: the printed figure, the curve beside it, and which of the two to trust."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from sla.domain.curve import Ages, Curve, Shown, age_class, curve_of, shown_by, weight

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


class Cohort(NamedTuple):
    """Requests of one time that were closed: what they took in minutes, ascending, and how many took each."""

    opened: datetime
    minutes: Sequence[float]
    requests: Sequence[int]


class Known(NamedTuple):
    """What is known of a service's requests: those that were closed, and those that are open."""

    closed: Sequence[Cohort]
    open: Sequence[Counted]

    @property
    def shut(self) -> int:
        """How many were closed."""
        return sum(sum(cohort.requests) for cohort in self.closed)

    def since(self, moment: datetime) -> "Known":
        """Return what was opened from then on."""
        closed = [cohort for cohort in self.closed if cohort.opened >= moment]
        return Known(closed, [c for c in self.open if c.opened >= moment])


def gathered(counted: Iterable[Counted]) -> Known:
    """Gather what was counted one by one.

    >>> monday = datetime(2026, 1, 5)
    >>> found = gathered(Counted("4", monday, minutes, 2, minutes > 20) for minutes in (20, 10, 20, 30))
    >>> found.closed[0][1:], len(found.open), found.shut
    (([10, 20], [2, 4]), 1, 6)
    """
    took: defaultdict[datetime, Counter[float]] = defaultdict(Counter)
    still = []
    for c in counted:
        if c.is_open:
            still.append(c)
        else:
            took[c.opened][c.minutes] += c.requests
    closed = [(opened, sorted(found.items())) for opened, found in took.items()]
    return Known([Cohort(opened, [m for m, _ in found], [n for _, n in found]) for opened, found in closed], still)


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


def printed(known: Known) -> Shown:
    """Return the figures of the printed method: the nearest rank among all opened, none where too few are closed.

    >>> def took(minutes, requests, is_open=False): return Counted("", datetime(2026, 1, 1), minutes, requests, is_open)
    >>> printed(gathered([took(1440, 7), took(2880, 1), took(0, 2, is_open=True)])).days_80
    2.0
    >>> printed(gathered([took(1440, 7), took(0, 3, is_open=True)])).days_80 is None
    True
    """
    took: defaultdict[float, int] = defaultdict(int)
    for cohort in known.closed:
        for minutes, requests in zip(cohort.minutes, cohort.requests, strict=True):
            took[minutes] += requests
    closed, opened = sorted(took.items()), known.shut + sum(c.requests for c in known.open)
    return Shown(*(_ranked(closed, cohort_rank(opened, share)) for share in SHARES)) if opened else UNKNOWN


def _ranked(closed: Sequence[tuple[float, int]], rank: int) -> float | None:
    for minutes, requests in closed:
        rank -= requests
        if rank <= 0:
            return minutes / 1440
    return None


def ages_of(known: Known, now: datetime) -> Ages:
    """Count requests by age, each as much as it still says about now."""
    ages, today = Ages(), now.date()
    for cohort in known.closed:
        counts = weight(cohort.opened.date(), today)
        for number, requests in zip(map(age_class, cohort.minutes), cohort.requests, strict=True):
            ages.closed[number] += requests * counts
    for c in known.open:
        ages.add(c.minutes, c.requests * weight(c.opened.date(), today), is_open=True)
    return ages


def areas_of(counted: Iterable[Counted], now: datetime, minimum: int) -> dict[str, Ages]:
    """Count the requests of each area in which as many were closed by now, by age; what came later is not known."""
    parts: defaultdict[str, list[Counted]] = defaultdict(list)
    for c in counted:
        parts[c.area].append(c)
    known = {area: known_at(gathered(part), now) for area, part in parts.items() if area}
    return {area: ages_of(part, now) for area, part in known.items() if part.shut >= minimum}


def learn(known: Known, parts: Mapping[str, Ages], city: Curve, now: datetime, minimum: int) -> Learned | None:
    """Return what a service has taught; None until so many of its requests were closed.

    `parts` are the ages of those of its areas that have shown enough.
    """
    closed = known.shut
    if closed < minimum:
        return None
    by_print, ages = _by_print(known, now), ages_of(known, now)
    own = curve_of(ages, city, SERVICE_STRENGTH)
    by_curve = shown_by(own)
    areas = {area: shown_by(curve_of(part, own, AREA_STRENGTH)) for area, part in parts.items()}
    return Learned(closed, by_print, by_curve, areas, ages, _better(by_print, by_curve, known, city, now, minimum))


def _by_print(known: Known, now: datetime) -> Shown:
    return printed(known.since(now - PRINTED_WINDOW))


def _better(by_print: Shown, by_curve: Shown, known: Known, city: Curve, now: datetime, minimum: int) -> Way:
    """Choose the way that would have been nearer to 80 % for what was opened lately; the printed one where both were.

    A way that has nothing to say now is not chosen while the other has.
    """
    if by_print.days_80 is None or by_curve.days_80 is None:
        return Way.CURVE if by_print.days_80 is None else Way.PRINTED
    cut = now - TRIED
    before, tried = known_at(known, cut), known.since(cut)
    if before.shut < minimum or tried.shut < minimum:
        return Way.PRINTED
    curve = shown_by(curve_of(ages_of(before, cut), city, SERVICE_STRENGTH))
    off = {Way.PRINTED: _off(_by_print(before, cut), tried), Way.CURVE: _off(curve, tried)}
    return Way.CURVE if off[Way.CURVE] < off[Way.PRINTED] else Way.PRINTED


def known_at(known: Known, cut: datetime) -> Known:
    """Return what was known at an earlier moment: what was closed later was open then, for so long.

    >>> cut, took = datetime(2026, 1, 8), Cohort(datetime(2026, 1, 1), [1440, 9 * 1440], [3, 4])
    >>> before = known_at(Known([took], []), cut)
    >>> before.closed[0][1:], before.open[0][2:]
    (([1440], [3]), (10080.0, 4, True))
    """
    closed, still = [], [c._replace(minutes=(cut - c.opened) / _MINUTE) for c in known.open if c.opened < cut]
    for cohort in known.closed:
        if cohort.opened < cut:
            seen = (cut - cohort.opened) / _MINUTE
            ended = bisect_left(cohort.minutes, seen)
            closed.append(Cohort(cohort.opened, cohort.minutes[:ended], cohort.requests[:ended]))
            still.append(Counted("", cohort.opened, seen, sum(cohort.requests[ended:]), is_open=True))
    return Known(closed, still)


def _off(said: Shown, tried: Known) -> float:
    """Return by how much a figure held more or less often than 80 %; 1 for one that said nothing."""
    if said.days_80 is None:
        return 1.0
    limit = said.days_80 * 1440
    within = sum(sum(c.requests[: bisect_right(c.minutes, limit)]) for c in tried.closed)
    decided = tried.shut + sum(c.requests for c in tried.open if c.minutes > limit)
    return abs(within / decided - SHARES[2] / 100) if decided else 1.0
