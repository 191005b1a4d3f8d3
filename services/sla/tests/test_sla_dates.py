"""Counting by dates over every change of the clocks, the leap day and the turn of the year."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sla.domain.calendar import WorkingTime
from sla.domain.dates import Dates

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ZONES = st.sampled_from([ZoneInfo(name) for name in ("America/Los_Angeles", "Europe/Madrid", "Australia/Lord_Howe")])
MOMENTS = st.datetimes(datetime(2023, 12, 1), datetime(2028, 4, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
LA = ZoneInfo("America/Los_Angeles")
CHANGES = [datetime(2026, 3, 8, 9, 30, tzinfo=UTC), datetime(2026, 11, 1, 8, 30, tzinfo=UTC)]


def desk(zone: ZoneInfo) -> Dates:
    return Dates(zone, frozenset(range(5)), frozenset({date(2026, 12, 25)}), time(8, 30), time(17))


def hours(zone: ZoneInfo) -> WorkingTime:
    return WorkingTime(zone, frozenset(range(5)), time(8), time(17), frozenset({date(2026, 12, 25)}))


@pytest.mark.requirement("SLA-15")
@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (datetime(2026, 3, 7, 12, tzinfo=LA), 1, datetime(2026, 3, 8, 12, tzinfo=LA)),  # a day of 23 hours
        (datetime(2026, 10, 31, 12, tzinfo=LA), 1, datetime(2026, 11, 1, 12, tzinfo=LA)),  # and one of 25
        (datetime(2028, 2, 28, 9, tzinfo=LA), 1, datetime(2028, 2, 29, 9, tzinfo=LA)),
        (datetime(2026, 12, 31, 9, tzinfo=LA), 1, datetime(2027, 1, 1, 9, tzinfo=LA)),
        (datetime(2026, 3, 7, 2, 30, tzinfo=LA), 1, datetime(2026, 3, 8, 3, 30, tzinfo=LA)),  # a time that is not
    ],
)
def test_calendar_days_end_at_the_same_time_of_day(start: datetime, days: int, due: datetime) -> None:
    assert Dates(LA).after(start, days * DAY) == due.astimezone(UTC)


@pytest.mark.requirement("SLA-15")
@given(ZONES, MOMENTS, st.integers(1, 400))
@example(LA, CHANGES[0] - DAY, 1)
@example(LA, CHANGES[1] - DAY, 1)
def test_calendar_days_move_the_date_and_nothing_else(zone: ZoneInfo, start: datetime, days: int) -> None:
    before, after = start.astimezone(zone), Dates(zone).after(start, days * DAY).astimezone(zone)
    wanted = before.replace(tzinfo=None) + days * DAY
    exists = wanted.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wanted
    assert not exists or after.replace(tzinfo=None) == wanted


@pytest.mark.requirement("SLA-15")
@given(ZONES, MOMENTS, st.integers(1, 60))
def test_working_dates_end_on_a_working_day_at_the_time_they_began(zone: ZoneInfo, start: datetime, days: int) -> None:
    dates = desk(zone)
    due = dates.after(start, days * DAY).astimezone(zone)
    assert due.weekday() < 5
    assert due.date() != date(2026, 12, 25)
    made = start.astimezone(zone).time()
    assert due.hour >= 17 or due.time() in {made, time(8, 30)} or due.utcoffset() != start.astimezone(zone).utcoffset()
    assert due.time() < time(17)


@pytest.mark.requirement("SLA-15")
@given(ZONES, MOMENTS, st.integers(1, 60 * 24 * 30))
def test_what_is_left_before_a_pause_is_left_after_it(zone: ZoneInfo, start: datetime, minutes: int) -> None:
    """Counting on by what was counted comes out where it began to be counted, in both ways of counting."""
    for measure in (desk(zone), hours(zone), Dates(zone)):
        due = measure.after(start, minutes * MINUTE)
        if due.astimezone(zone).fold == 0:
            again = measure.after(start, measure.between(start, due))
            assert abs(again - due) <= timedelta(hours=1 if _changes(zone, due) else 0)


def _changes(zone: ZoneInfo, day: datetime) -> bool:
    """Tell whether the clocks change on this date."""
    midnight = datetime.combine(day.astimezone(zone).date(), time(0), zone)
    return midnight.utcoffset() != (midnight + DAY).replace(tzinfo=None).replace(tzinfo=zone).utcoffset()


@pytest.mark.requirement("SLA-15")
@given(ZONES, MOMENTS, st.integers(0, 60 * 24 * 40), st.integers(0, 60 * 24 * 40))
def test_a_longer_target_is_never_due_sooner(zone: ZoneInfo, start: datetime, one: int, other: int) -> None:
    short, long = sorted((one, other))
    for measure in (desk(zone), hours(zone), Dates(zone)):
        assert measure.after(start, short * MINUTE) <= measure.after(start, long * MINUTE) + timedelta(hours=1)
        assert measure.between(start, start + long * MINUTE) >= measure.between(start, start + short * MINUTE)
