"""Rules for due dates: read from a file, or found in what was recorded."""

import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from contracts.city import Calendar, Span
from contracts.city.base import CityModel
from contracts.city.problems import Findings
from contracts.city.promises import Unit
from contracts.city.yamllines import read_yaml
from sla.domain.calendar import DAY, HOUR, WEEK, WorkingTime, working_time
from sla.domain.dates import Dates, working_dates
from sla.domain.targets import Measured, measured
from sla.evaluating.exports import ExportError

SAMPLE: Final = 80
"""Requests of a service that are looked at while the desk's hours are searched for."""
CLOSINGS: Final = tuple(time(hour, minute) for hour in range(15, 21) for minute in (0, 30))
CLOSE: Final = timedelta(minutes=1)

UNITS: Final[Mapping[Unit, timedelta]] = {
    "calendar_days": DAY,
    "business_dates": DAY,
    "days": DAY,
    "hours": HOUR,
    "business_hours": HOUR,
}
"""How a due date may be counted, the easiest to say first."""

Pairs = Sequence[tuple[datetime, datetime]]
"""When requests were opened and due."""


class RulesFile(CityModel):
    """A file of rules to try: a calendar, and each service's target by the name it has in the export."""

    calendar: Calendar
    targets: dict[str, Span]


@dataclass(frozen=True)
class Desk:
    """A calendar, ready to count by."""

    zone: ZoneInfo
    work: WorkingTime
    dates: Dates

    def measured(self, span: Span) -> Measured:
        """Return how a span is counted here."""
        return measured(span, self.work, self.dates)

    def said(self) -> dict[str, Any]:
        """Return the calendar as the result names it."""
        days = [WEEK[day] for day in sorted(self.dates.weekdays)]
        closes = self.dates.closes.isoformat("minutes") if self.dates.closes else None
        return {"working_days": days, "opens": self.dates.opens.isoformat("minutes"), "closes": closes}


def read_rules(path: Path) -> RulesFile:
    """Return the rules of a file; raises ExportError with every problem by line."""
    findings = Findings()
    rules = findings.check(read_yaml(path), RulesFile, ("en",))
    if rules is None or findings.problems:
        raise ExportError("\n".join(str(problem) for problem in findings.problems))
    return rules


def desk_of(calendar: Calendar, zone: ZoneInfo) -> Desk:
    """Return a calendar, ready to count by."""
    return Desk(zone, working_time(calendar, zone.key), working_dates(calendar, zone))


def found_desk(services: Collection[Pairs], zone: ZoneInfo) -> Desk:
    """Find the hours that explain most: work made after closing is due at the opening, so that time is frequent."""
    looked_at = [pairs[:SAMPLE] for pairs in services]
    clocks = Counter(due.astimezone(zone).time().replace(second=0) for pairs in looked_at for _, due in pairs)
    opens = clocks.most_common(1)[0][0] if clocks else time(8)
    desks = [_desk(zone, opens, closes) for closes in (None, *CLOSINGS) if closes is None or closes > opens]
    scores = []
    for number, desk in enumerate(desks, start=1):
        sys.stderr.write(f"looking for the working hours: {number} of {len(desks)}\n")
        scores.append(sum(_explained(pairs, desk.dates) for pairs in looked_at))
    return desks[scores.index(max(scores))]


def _desk(zone: ZoneInfo, opens: time, closes: time | None) -> Desk:
    weekdays = frozenset(range(5))
    work = WorkingTime(zone, weekdays, opens, closes or time(23, 59))
    return Desk(zone, work, Dates(zone, weekdays, frozenset(), opens if closes else time(0), closes))


def _explained(pairs: Pairs, dates: Dates) -> int:
    counted = Counter(number for start, due in pairs if (number := _whole(dates.between(start, due), DAY)) is not None)
    return counted.most_common(1)[0][1] if counted else 0


def found_rule(pairs: Pairs, desk: Desk) -> Span:
    """Return the rule that reproduces most of these due dates; of equals the one that is easiest to say."""
    return max(_candidates(pairs, desk), key=lambda span: _reproduced(pairs, desk.measured(span)))


def _candidates(pairs: Pairs, desk: Desk) -> Iterable[Span]:
    for unit, length in UNITS.items():
        measure = desk.measured(Span(amount=1, unit=unit)).measure
        amounts = Counter(_nearest(measure.between(start, due), length) for start, due in islice(pairs, SAMPLE))
        for amount, _ in amounts.most_common(3):
            yield Span(amount=amount, unit=unit)


def _nearest(length: timedelta, unit: timedelta) -> int:
    return max(round(length / unit), 1)


def _whole(length: timedelta, unit: timedelta) -> int | None:
    number = round(length / unit)
    return number if number > 0 and abs(length - number * unit) <= CLOSE else None


def _reproduced(pairs: Pairs, rule: Measured) -> int:
    return sum(abs(rule.measure.after(start, rule.length) - due) <= CLOSE for start, due in pairs)
