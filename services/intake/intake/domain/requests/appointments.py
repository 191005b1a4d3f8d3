"""When somebody may come: the free slots of a service, and whether one may still be booked, moved or given back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from contracts.city import Bookable, City, SlotTime

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
Step = Literal["book", "move", "cancel"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot, and how many appointments it takes."""

    starts_at: datetime
    ends_at: datetime
    capacity: int


def slots_of(bookable: Bookable, city: City, now: datetime) -> tuple[Slot, ...]:
    """List the slots that may be booked now, the first one first: past the notice, within the days ahead, no holidays.

    >>> from types import SimpleNamespace as Named
    >>> morning = {"days": ["Mon"], "starts": "08:00", "ends": "12:00", "capacity": 2}
    >>> pickup = Bookable.model_validate(dict(service="pickup", notice_hours=24, days_ahead=14, slots=[morning]))
    >>> city = Named(profile=Named(time_zone="UTC"), calendar=Named(holiday_dates=frozenset({date(2026, 3, 9)})))
    >>> [str(slot.starts_at) for slot in slots_of(pickup, city, datetime(2026, 3, 3, tzinfo=UTC))]
    ['2026-03-16 08:00:00+00:00']
    """
    zone, earliest = ZoneInfo(city.profile.time_zone), now + timedelta(hours=bookable.notice_hours)
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=n) for n in range(bookable.days_ahead + 1))
    open_days = (day for day in days if day not in city.calendar.holiday_dates)
    found = (slot for day in open_days for slot in _on(day, bookable.slots, zone))
    return tuple(sorted((slot for slot in found if slot.starts_at >= earliest), key=lambda slot: slot.starts_at))


def _on(day: date, times: tuple[SlotTime, ...], zone: ZoneInfo) -> Iterator[Slot]:
    for slot in times:
        if _DAYS[day.weekday()] in slot.days:
            yield Slot(_moment(day, slot.starts, zone), _moment(day, slot.ends, zone), slot.capacity)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def is_too_late(starts_at: datetime, bookable: Bookable, now: datetime) -> bool:
    """Tell whether the crew is on its way as good as: the appointment can no longer be moved or given back.

    >>> slot = {"days": ["Mon"], "starts": "08:00", "ends": "12:00", "capacity": 2}
    >>> pickup = Bookable.model_validate(dict(service="pickup", notice_hours=24, days_ahead=14, slots=[slot]))
    >>> day = datetime(2026, 3, 3, tzinfo=UTC)
    >>> is_too_late(day + timedelta(hours=30), pickup, day), is_too_late(day + timedelta(hours=3), pickup, day)
    (False, True)
    """
    return starts_at < now + timedelta(hours=bookable.notice_hours)


STEPS: Final[Mapping[Step, bool]] = {"book": False, "move": True, "cancel": True}
"""Each step, and whether there must be an appointment already."""


def step_problem(step: Step, *, has_one: bool) -> str | None:
    """Say why a step does not follow, or None.

    >>> step_problem("book", has_one=False) is None, step_problem("cancel", has_one=False)
    (True, 'There is no appointment; book one.')
    """
    if STEPS[step] == has_one:
        return None
    return "There is an appointment already; move it." if has_one else "There is no appointment; book one."
