"""Counting by dates: so many days on, at the same time of day, as people count who look at a calendar."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from contracts.city import WorkingHours
from sla.domain.calendar import DAY, NOTHING, WEEK

EVERY_DAY: Final = frozenset(range(7))


@dataclass(frozen=True)
class Dates:
    """Days that count whole, from midnight to midnight of the city's own clock; free days do not count.

    What is made on a free day counts from the same time of the next working day, and what is made after closing from
    the next opening. The time of day stays the same on both sides of a change of the clocks.

    >>> desk = Dates(ZoneInfo("America/New_York"), frozenset(range(5)), opens=time(8, 30), closes=time(17))
    >>> def due(*made):
    ...     made = datetime(*made, tzinfo=desk.zone)
    ...     return f"{desk.after(made, 2 * DAY).astimezone(desk.zone):%a %H:%M}"
    >>> due(2026, 11, 23, 11, 15), due(2026, 11, 19, 11, 15)  # a Monday and a Thursday
    ('Wed 11:15', 'Mon 11:15')
    >>> due(2026, 11, 21, 12, 0), due(2026, 11, 23, 20, 0)  # a Saturday at noon, a Monday night
    ('Wed 12:00', 'Thu 08:30')
    """

    zone: ZoneInfo
    weekdays: frozenset[int] = EVERY_DAY
    holidays: frozenset[date] = frozenset()
    opens: time = time(0)
    closes: time | None = None

    def after(self, start: datetime, length: timedelta) -> datetime:
        """Return the moment at which `length` has been counted since `start`."""
        at, left = self._begins(start), length
        while left >= (room := _midnight(at) - at):
            at, left = self._working(_midnight(at)), left - room
        return self._in_utc(at + left)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much is counted between two moments; nothing when `end` is not later.

        >>> whole = Dates(ZoneInfo("America/New_York"))
        >>> whole.between(datetime(2026, 10, 31, 16, tzinfo=UTC), datetime(2026, 11, 2, 17, tzinfo=UTC)) / DAY
        2.0
        """
        at, last, total = self._begins(start), self._local(end), NOTHING
        while at < last:
            total += min(_midnight(at), last) - at
            at = self._working(_midnight(at))
        return total

    def _begins(self, start: datetime) -> datetime:
        at = self._working(self._local(start))
        if self.closes is None or at < datetime.combine(at, self.closes):
            return at
        return datetime.combine(self._working(_midnight(at)), self.opens)

    def _working(self, at: datetime) -> datetime:
        while at.weekday() not in self.weekdays or at.date() in self.holidays:
            at += DAY
        return at

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone).replace(tzinfo=None)

    def _in_utc(self, at: datetime) -> datetime:
        return at.replace(tzinfo=self.zone).astimezone(UTC)


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at.date() + DAY, time(0))


def working_dates(calendar: WorkingHours, zone: ZoneInfo) -> Dates:
    """Return how working dates are counted by a calendar.

    >>> always = {"working_days": ("Mon", "Tue"), "opens": time(8), "closes": time(17), "holidays": (), "source": "x"}
    >>> from contracts.city import Calendar
    >>> sorted(working_dates(Calendar(**always), ZoneInfo("UTC")).weekdays)
    [0, 1]
    """
    weekdays = frozenset(WEEK.index(day) for day in calendar.working_days)
    closes = calendar.closes if calendar.opens < calendar.closes else None
    return Dates(zone, weekdays, calendar.holiday_dates, calendar.opens, closes)
