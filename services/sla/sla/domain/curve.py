"""How requests of a kind come to be closed as they grow older; those still open count for as long as they have lasted.

A curve is the chance, at every age, that a request closes at that age when it was open until then. Open requests are
in its denominator up to their own age and no further, so that a growing backlog makes the curve slower at once, and a
kind that is mostly open still has one. What a small group has not shown is borrowed from the larger group around it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import accumulate
from math import exp, log2
from typing import Final, NamedTuple

FIRST_MINUTES: Final = 10
PER_DOUBLING: Final = 10
CLASSES: Final = 200
"""Age classes: the first ten minutes, then ten to a doubling, up to twenty years."""

HALF_LIFE_DAYS: Final = 90
SEASON_DAYS: Final = 45
SEASON_WEIGHT: Final = 0.5
YEAR_DAYS: Final = 365.25
TAIL_CLASSES: Final = 20
MINUTES_PER_DAY: Final = 1440

Curve = Sequence[float]


class Shown(NamedTuple):
    """What a curve says in days: when one in ten, half, eight and nine in ten are closed; None where nobody knows."""

    days_10: float | None
    days_50: float | None
    days_80: float | None
    days_90: float | None


@lru_cache(maxsize=65_536)
def age_class(minutes: float) -> int:
    """Return the class of an age.

    >>> age_class(0), age_class(10), age_class(20), age_class(10**9)
    (0, 1, 11, 199)
    """
    if minutes < FIRST_MINUTES:
        return 0
    return min(int(PER_DOUBLING * log2(minutes / FIRST_MINUTES)) + 1, CLASSES - 1)


def ends(number: int) -> float:
    """Return the age in minutes at which a class ends.

    >>> ends(0), ends(10), ends(20)
    (10.0, 20.0, 40.0)
    """
    return float(FIRST_MINUTES * 2 ** (number / PER_DOUBLING))


@lru_cache(maxsize=4_096)
def weight(opened_on: date, today: date) -> float:
    """Return how much requests of a day count: less as they grow older, but those of this season never little.

    >>> [round(weight(date(2026, *day), date(2026, 12, 1)), 2) for day in ((12, 1), (9, 2), (6, 4))]
    [1.0, 0.5, 0.25]
    >>> weight(date(2024, 12, 10), date(2026, 12, 1))
    0.5
    """
    days = max((today - opened_on).days, 0)
    from_season = abs(days - YEAR_DAYS * round(days / YEAR_DAYS))
    recent = float(0.5 ** (days / HALF_LIFE_DAYS))
    return max(recent, SEASON_WEIGHT) if from_season <= SEASON_DAYS else recent


def _none() -> list[float]:
    return [0.0] * CLASSES


@dataclass(slots=True)
class Ages:
    """At which age requests were closed, and up to which age others have stayed open; weighted counts by class."""

    closed: list[float] = field(default_factory=_none)
    open: list[float] = field(default_factory=_none)

    def add(self, minutes: float, requests: float, *, is_open: bool) -> None:
        """Count requests of one age."""
        (self.open if is_open else self.closed)[age_class(minutes)] += requests

    def packed(self) -> list[list[float]]:
        """Return the classes that hold anything, as they are kept.

        >>> ages = Ages()
        >>> ages.add(5, 3, is_open=False)
        >>> ages.packed(), Ages.unpacked(ages.packed()) == ages
        ([[0, 3.0, 0.0]], True)
        """
        lines = enumerate(zip(self.closed, self.open, strict=True))
        return [[number, round(shut, 3), round(still, 3)] for number, (shut, still) in lines if shut or still]

    @classmethod
    def unpacked(cls, lines: Iterable[Sequence[float]]) -> "Ages":
        """Return ages as they were kept."""
        ages = cls()
        for number, shut, still in lines:
            ages.closed[int(number)], ages.open[int(number)] = shut, still
        return ages

    @property
    def requests(self) -> float:
        """How many requests this rests on, by weight."""
        return sum(self.closed) + sum(self.open)

    @property
    def at_risk(self) -> list[float]:
        """How many were still open at each age; those seen no further than within it count half."""
        both = [shut + still for shut, still in zip(self.closed, self.open, strict=True)]
        from_here = list(accumulate(reversed(both)))[::-1]
        return [all_ - still / 2 for all_, still in zip(from_here, self.open, strict=True)]


def curve_of(ages: Ages, around: Curve, strength: float) -> Curve:
    """Return a group's curve; the larger group around it counts as `strength` requests more at every age.

    >>> city, lamps = Ages(), Ages()
    >>> for days in (1, 2, 3, 4): city.add(days * 1440, 25, is_open=False)
    >>> lamps.add(4 * 1440, 2, is_open=False)
    >>> lone, borrowed = curve_of(lamps, whole_curve(city), 0), curve_of(lamps, whole_curve(city), 10)
    >>> round(days_until(lone, 0.5)), round(days_until(borrowed, 0.5))
    (4, 3)
    """
    return [
        (closed + strength * prior) / (risk + strength) if risk + strength > 0 else prior
        for closed, risk, prior in zip(ages.closed, ages.at_risk, around, strict=True)
    ]


def whole_curve(ages: Ages) -> Curve:
    """Return the curve of everything there is; beyond the oldest closing it goes on at the pace of the last ones.

    >>> nothing = whole_curve(Ages())
    >>> days_until(nothing, 0.5) is None
    True
    """
    risk = ages.at_risk
    last = max((number for number, closed in enumerate(ages.closed) if closed > 0), default=-1)
    since = max(last - TAIL_CLASSES, 0)
    lived = sum(risk[number] * _minutes(number) for number in range(since, last + 1))
    pace = sum(ages.closed[since : last + 1]) / lived if lived > 0 else 0.0
    shown = [ages.closed[number] / risk[number] if risk[number] > 0 else 0.0 for number in range(last + 1)]
    return [*shown, *(1 - exp(-pace * _minutes(number)) for number in range(last + 1, CLASSES))]


def days_until(curve: Curve, share: float, age_days: float = 0.0) -> float | None:
    """Return the age in days by which this share is closed of those that were open at `age_days`; None if never.

    What has been open for long is not expected by the day that was right for a new one.

    >>> ages = Ages()
    >>> for days in range(1, 11): ages.add(days * 1440, 1, is_open=False)
    >>> [round(days_until(whole_curve(ages), 0.8, age)) for age in (0, 7)]
    [8, 10]
    """
    number = _reached(curve, share, age_class(age_days * MINUTES_PER_DAY))
    return None if number is None else ends(number) / MINUTES_PER_DAY


def shown_by(curve: Curve) -> Shown:
    """Return the days a curve says; an interval is told from the start of its first class to the end of its last.

    >>> ages = Ages()
    >>> for days in range(1, 101): ages.add(days * 1440, 1, is_open=False)
    >>> [round(days) for days in shown_by(whole_curve(ages))]
    [9, 51, 80, 92]
    """
    first = _reached(curve, 0.1, 0)
    early = None if first is None else (ends(first - 1) / MINUTES_PER_DAY if first else 0.0)
    middle = _reached(curve, 0.5, 0)
    half = None if middle is None else (ends(middle) - _minutes(middle) / 2) / MINUTES_PER_DAY
    return Shown(early, half, days_until(curve, 0.8), days_until(curve, 0.9))


def _reached(curve: Curve, share: float, start: int) -> int | None:
    left = 1.0
    for number in range(start, CLASSES):
        left *= 1 - curve[number]
        if left <= 1 - share + 1e-9:
            return number
    return None


def merged(parts: Iterable[Ages]) -> Ages:
    """Add groups up to the larger one around them.

    >>> lamps, trees = Ages(), Ages()
    >>> lamps.add(5, 3, is_open=False)
    >>> trees.add(5, 4, is_open=True)
    >>> merged([lamps, trees]).requests
    7.0
    """
    whole = Ages()
    for part in parts:
        whole.closed = [a + b for a, b in zip(whole.closed, part.closed, strict=True)]
        whole.open = [a + b for a, b in zip(whole.open, part.open, strict=True)]
    return whole


def _minutes(number: int) -> float:
    return ends(number) - (ends(number - 1) if number else 0.0)
