"""Two ways to count time: around the clock, and only while the city's desks are open."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from contracts.city import WorkingHours

WEEK: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
NOTHING: Final = timedelta(0)

Window: TypeAlias = tuple[datetime, datetime]


class Measure(Protocol):
    """A way to count time from one moment to another."""

    def after(self, start: datetime, length: timedelta) -> datetime:
        """Return the moment at which `length` has been counted since `start`."""

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much is counted between two moments; nothing when `end` is not later."""


class Elapsed:
    """Time that passes day and night, on every day of the year.

    >>> start = datetime(2026, 3, 7, 12, tzinfo=UTC)
    >>> Elapsed().after(start, timedelta(days=2)).isoformat()
    '2026-03-09T12:00:00+00:00'
    """

    def after(self, start: datetime, length: timedelta) -> datetime:
        """Return the moment at which `length` has passed since `start`."""
        return start + length

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much time lies between two moments."""
        return max(end - start, NOTHING)


@dataclass(frozen=True)
class WorkingTime:
    """Time that counts only within working hours, in the city's own zone; nights, free days and holidays do not.

    A request made on a Friday evening with a target of one working day is due on Monday at closing time.

    >>> desk = WorkingTime(ZoneInfo("Europe/Madrid"), frozenset(range(5)), time(8), time(17))
    >>> friday_evening = datetime(2026, 11, 20, 18, tzinfo=UTC)
    >>> desk.after(friday_evening, desk.length_of_day).astimezone(desk.zone).isoformat()
    '2026-11-23T17:00:00+01:00'
    """

    zone: ZoneInfo
    weekdays: frozenset[int]
    opens: time
    closes: time
    holidays: frozenset[date] = frozenset()
    _windows: dict[date, Window | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def length_of_day(self) -> timedelta:
        """How long a working day is; closing at or before opening means the next day's clock."""
        day = date(2000, 1, 1)
        length = datetime.combine(day, self.closes) - datetime.combine(day, self.opens)
        return length if length > NOTHING else length + DAY

    def window(self, day: date) -> Window | None:
        """Return when desks open and close on this date, in UTC, or None on a free day.

        The local hours hold on both sides of a change of the clocks.

        >>> desk = WorkingTime(ZoneInfo("America/Los_Angeles"), frozenset(range(5)), time(8), time(17))
        >>> [desk.window(date(2026, month, 2))[0].hour for month in (3, 6)]
        [16, 15]
        >>> desk.window(date(2026, 11, 21)) is None
        True
        """
        if day not in self._windows:
            self._windows[day] = self._hours(day)
        return self._windows[day]

    def after(self, start: datetime, length: timedelta) -> datetime:
        """Return the moment at which `length` of working time has been counted since `start`."""
        left, day = length, start.astimezone(self.zone).date() - DAY
        while True:
            begins, room = self._room(day, start)
            if room > NOTHING and left <= room:
                return begins + left
            left, day = left - room, day + DAY

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how much working time lies between two moments.

        >>> desk = WorkingTime(ZoneInfo("UTC"), frozenset(range(5)), time(8), time(17))
        >>> desk.between(datetime(2026, 11, 20, 16, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC))
        datetime.timedelta(seconds=7200)
        """
        day, total = start.astimezone(self.zone).date() - DAY, NOTHING
        while day <= end.astimezone(self.zone).date():
            begins, room = self._room(day, start)
            total += max(NOTHING, min(room, end - begins))
            day += DAY
        return total

    def _room(self, day: date, start: datetime) -> tuple[datetime, timedelta]:
        """Return from when, and for how long, this day still counts."""
        window = self.window(day)
        if window is None:
            return start, NOTHING
        begins = max(window[0], start)
        return begins, max(window[1] - begins, NOTHING)

    def _hours(self, day: date) -> Window | None:
        if day.weekday() not in self.weekdays or day in self.holidays:
            return None
        last = day if self.opens < self.closes else day + DAY
        opens, closes = datetime.combine(day, self.opens, self.zone), datetime.combine(last, self.closes, self.zone)
        return opens.astimezone(UTC), closes.astimezone(UTC)


ELAPSED: Final = Elapsed()


def working_time(calendar: WorkingHours, time_zone: str) -> WorkingTime:
    """Return working time, from a calendar and the zone that the city's clocks follow."""
    weekdays = frozenset(WEEK.index(day) for day in calendar.working_days)
    return WorkingTime(ZoneInfo(time_zone), weekdays, calendar.opens, calendar.closes, calendar.holiday_dates)
