"""When an agency is given what residents said of its work, how much of it, and who there assesses it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from math import ceil
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from contracts.city import Agreement, City, FeedbackTerms

COUNTED_FROM: Final = date(2026, 1, 1)
"""Where periods begin that no agreement begins."""
MORNING: Final = time(6)
_DAYS: Final[Mapping[str, float]] = {
    "hours": 1 / 24,
    "business_hours": 1 / 8 * 7 / 5,
    "business_days": 7 / 5,
    "business_dates": 7 / 5,
}
_COVERED: Final[Mapping[str, tuple[str, ...]]] = {
    "ratings": ("work_rating", "handling_rating", "agent_rating", "done_share"),
    "disputes": ("disputed",),
}
EVERYTHING: Final = ("ratings", "comments", "disputes", "complaints")


class Sharing(NamedTuple):
    """From when on, every how many days, with whom, and what."""

    anchor: date
    days: int
    role: str | None
    covers: tuple[str, ...]


class Period(NamedTuple):
    """Days of which results are told, the last one excluded."""

    since: date
    until: date


def sharing_of(city: City, agency: str, on: date) -> Sharing:
    """Return how results are shared with an agency on a day: as agreed on, else as with every agency of the city.

    >>> from types import SimpleNamespace as Some
    >>> city = Some(agreements=(), survey=Some(follow_ups=Some(assess_days=30)))
    >>> sharing_of(city, "lights", date(2026, 3, 2))[1:]
    (30, None, ('ratings', 'comments', 'disputes', 'complaints'))
    """
    found = agreement_at(city.agreements, agency, on)
    if found is None:
        return Sharing(COUNTED_FROM, city.survey.follow_ups.assess_days, None, EVERYTHING)
    terms = found.feedback
    return Sharing(found.effective_from, days_of(terms), terms.shared_with, terms.covers)


def agreement_at(agreements: Iterable[Agreement], agency: str, on: date) -> Agreement | None:
    """Find the agency's agreement in force; one about all its services before one about some.

    >>> some = Agreement.model_construct
    >>> first = some(agency="lights", services=(), effective_from=date(2026, 1, 1), version=1)
    >>> later = some(agency="lights", services=("lamp",), effective_from=date(2026, 2, 1), version=2)
    >>> agreement_at([first, later], "lights", date(2026, 3, 2)) is first
    True
    >>> agreement_at([first, later], "lights", date(2025, 3, 2)), agreement_at([first], "parks", date(2026, 3, 2))
    (None, None)
    """
    held = [a for a in agreements if a.agency == agency and a.holds_on(on)]
    return max(held, key=lambda a: (not a.services, a.effective_from, a.version), default=None)


def days_of(terms: FeedbackTerms) -> int:
    """Count a span in whole days of the calendar: results are told of days.

    >>> every = {"shared_with": "liaison", "covers": ("ratings",)}
    >>> spans = [(7, "days"), (36, "hours"), (5, "business_days")]
    >>> [days_of(FeedbackTerms(shared_every={"amount": n, "unit": unit}, **every)) for n, unit in spans]
    [7, 2, 7]
    """
    span = terms.shared_every
    return max(1, ceil(span.amount * _DAYS.get(span.unit, 1)))


def period_of(anchor: date, days: int, day: date) -> Period:
    """Return the period a day lies in; periods follow one another from the anchor on, and before it.

    >>> week = period_of(date(2026, 1, 1), 7, date(2026, 3, 2))
    >>> week.since.isoformat(), week.until.isoformat()
    ('2026-02-26', '2026-03-05')
    """
    since = anchor + timedelta(days=(day - anchor).days // days * days)
    return Period(since, since + timedelta(days=days))


def shared_at(period: Period, zone: ZoneInfo) -> datetime:
    """Return when a period's results are shared: on the morning after its last day, by the city's clock.

    >>> shared_at(Period(date(2026, 3, 1), date(2026, 3, 8)), ZoneInfo("America/Los_Angeles")).isoformat()
    '2026-03-08T06:00:00-07:00'
    """
    return datetime.combine(period.until, MORNING, zone)


def covered(figures: Mapping[str, Any], covers: Iterable[str]) -> dict[str, Any]:
    """Leave of a period's figures what was agreed on.

    >>> line = {"value": "lights", "answered": 9, "work_rating": 4.0, "disputed": 1}
    >>> told = covered({"lines": [line], "stages": [{"stage": "work", "rating": 4.0, "complaints": 2}]}, ["disputes"])
    >>> told["lines"], told["stages"]
    ([{'value': 'lights', 'answered': 9, 'disputed': 1}], [{'stage': 'work'}])
    """
    held = set(covers)
    left = {name for part, names in _COVERED.items() if part not in held for name in names}
    left |= set() if "ratings" in held else {"rating", "unasked_rating", "weighted_work_rating"}
    left |= set() if "complaints" in held else {"complaints"}
    return {
        name: [_without(line, left) for line in part] if isinstance(part, list) else part
        for name, part in figures.items()
        if name not in left
    }


def _without(line: Mapping[str, Any], left: set[str]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name not in left}
