"""The target: when an agency's work is due, frozen when first promised, and when it is at risk."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from contracts.city import City, Span, Target
from sla.domain.calendar import DAY, ELAPSED, HOUR, Measure, WorkingTime
from sla.domain.dates import Dates


class Measured(NamedTuple):
    """A span as it is counted: in which kind of time, and how much of it."""

    measure: Measure
    length: timedelta


class Moments(NamedTuple):
    """The two moments a clock watches for."""

    at_risk_at: datetime
    due_at: datetime


def measured(span: Span, work: WorkingTime, dates: Dates) -> Measured:
    """Return how a target is counted: day and night, in working time only, or by dates.

    >>> from datetime import time
    >>> from zoneinfo import ZoneInfo
    >>> desk = WorkingTime(ZoneInfo("UTC"), frozenset(range(5)), time(8), time(17))
    >>> dates = Dates(desk.zone, desk.weekdays)
    >>> measured(Span(amount=2, unit="business_days"), desk, dates).length
    datetime.timedelta(seconds=64800)
    >>> measured(Span(amount=0.5, unit="days"), desk, dates)[1]
    datetime.timedelta(seconds=43200)
    """
    units: Mapping[str, Measured] = {
        "hours": Measured(ELAPSED, HOUR),
        "days": Measured(ELAPSED, DAY),
        "calendar_days": Measured(Dates(dates.zone), DAY),
        "business_hours": Measured(work, HOUR),
        "business_days": Measured(work, work.length_of_day),
        "business_dates": Measured(dates, DAY),
    }
    unit = units[span.unit]
    return Measured(unit.measure, unit.length * span.amount)


def moments(target: Measured, start: datetime, at_risk_share: float) -> Moments:
    """Return when a request that started at `start` is at risk and when it is due.

    >>> from datetime import UTC
    >>> told = moments(Measured(ELAPSED, timedelta(days=10)), datetime(2026, 11, 1, tzinfo=UTC), 0.8)
    >>> told.at_risk_at.day, told.due_at.day
    (9, 11)
    """
    at_risk = target.measure.after(start, target.length * at_risk_share)
    return Moments(at_risk, target.measure.after(start, target.length))


def moved(moment: datetime, paused_at: datetime, resumed_at: datetime, measure: Measure) -> datetime:
    """Return where a moment lies after a pause: what was left of it is left again; what had passed stays.

    A request due in three days that waits a week for its requester is due three days after the week.

    >>> from datetime import UTC
    >>> day = lambda number: datetime(2026, 11, number, tzinfo=UTC)
    >>> moved(day(8), paused_at=day(5), resumed_at=day(12), measure=ELAPSED).day
    15
    >>> moved(day(4), paused_at=day(5), resumed_at=day(12), measure=ELAPSED).day
    4
    """
    return measure.after(resumed_at, measure.between(paused_at, moment)) if moment > paused_at else moment


def targets_of(city: City) -> dict[str, tuple[Target, ...]]:
    """Return the versions of each service's target; where one agency alone does the work, of its own if it has one.

    The target must be known when a request is made, before any routing, so that the promise can be frozen there.
    """
    found = {code: city.target_versions(code, only_agency(city, code)) for code in city.services}
    return {code: versions for code, versions in found.items() if versions}


def only_agency(city: City, service: str) -> str | None:
    """Return the agency that alone does the work of a service, or None where several may."""
    agencies = {rule.agency for rule in city.rules_by_service[service]}
    return agencies.pop() if len(agencies) == 1 else None
