"""The city's rules of time where they are easy to get wrong: clock changes, holidays, pauses, and order of arrival."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.ids import derived_uuid
from contracts.city import City, EscalationLevel, LocalizedText, load_city
from contracts.event import RequestFacts
from contracts.vocabulary import Clock, EscalationKind
from sla.domain import clock as clocks
from sla.domain import wording
from sla.domain.calendar import ELAPSED, WorkingTime, working_time
from sla.domain.clock import PromiseClock
from sla.domain.escalation import LATE_BY, Chain, missed_at_closing, next_step, timers_of, told
from sla.domain.forecast import forecast_of
from sla.domain.learning import Counted, gathered, printed
from sla.domain.rules import rules_of
from sla.domain.targets import Measured, targets_of

ZONE = ZoneInfo("America/Los_Angeles")
DESK = WorkingTime(ZONE, frozenset(range(5)), time(8), time(17), frozenset({date(2026, 11, 26), date(2026, 11, 27)}))
NIGHT = WorkingTime(ZONE, frozenset(range(7)), time(22), time(6))
DAY = timedelta(days=1)
START = datetime(2026, 11, 2, 18, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
CITIES = sorted(path.parent for path in (Path(__file__).parents[3] / "cities").glob("*/city.yaml"))
TITLE = LocalizedText({"en": "Lead"})
CHAIN = Chain(
    (
        EscalationLevel(level=1, role="lead", title=TITLE, trigger="at_risk"),
        EscalationLevel(level=2, role="manager", title=TITLE, trigger="breached"),
        EscalationLevel(level=3, role="chief", title=TITLE, trigger="breached", after_hours=72),
    )
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[misc,arg-type] # the parts of a date and a time


def running(clock: Clock = Clock.WALL, length: timedelta = 10 * DAY) -> PromiseClock:
    facts = RequestFacts(tracking_number="X", service_code="any", opened_at=START, clock=clock)
    return clocks.start(derived_uuid("x"), facts, Measured(ELAPSED, length), 0.8)


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (local(2026, 10, 30, 10), 1, local(2026, 11, 2, 10)),  # over the weekend on which the clocks go back
        (local(2026, 3, 6, 16), 1, local(2026, 3, 9, 16)),  # and on which they go forward
        (local(2026, 11, 25, 16), 1, local(2026, 11, 30, 16)),  # Thanksgiving and the day after it
        (local(2026, 11, 21, 12), 3, local(2026, 11, 25, 17)),  # Saturday counts from Monday's opening
        (local(2026, 11, 23, 8), 1, local(2026, 11, 23, 17)),  # a whole day ends at closing, not at the next opening
        (local(2026, 11, 23, 6), 0.5, local(2026, 11, 23, 12, 30)),
    ],
)
@pytest.mark.requirement("SLA-15")
def test_working_days_are_counted_on_the_citys_own_clock(start: datetime, days: float, due: datetime) -> None:
    assert DESK.after(start, DESK.length_of_day * days) == due


def test_a_shift_over_midnight_counts_on_both_days() -> None:
    assert NIGHT.length_of_day == timedelta(hours=8)
    assert NIGHT.after(local(2026, 11, 3, 5), timedelta(hours=2)) == local(2026, 11, 3, 23)


@given(start=MOMENTS, hours=st.floats(0.01, 400))
def test_what_is_counted_after_is_counted_between(start: datetime, hours: float) -> None:
    length = timedelta(hours=hours)
    end = DESK.after(start, length)
    assert abs(DESK.between(start, end) - length) < timedelta(milliseconds=1)


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=60), st.integers(0, 20))
@pytest.mark.requirement("SLA-04")
def test_counts_give_the_same_rank_as_the_sorted_list(values: list[int], still_open: int) -> None:
    counts = [Counted("", START, value, values.count(value), is_open=False) for value in sorted(set(values))]
    counts.append(Counted("", START, 0, still_open, is_open=True))
    rank = -(-80 * (len(values) + still_open) // 100)
    expected = sorted(values)[rank - 1] / 1440 if rank <= len(values) else None
    assert printed(gathered(counts)).days_80 == expected


@pytest.mark.requirement("SLA-14")
def test_a_timer_looks_when_the_work_was_expected_and_not_twice() -> None:
    clock = clocks.promised(running(), START + 2 * DAY)
    assert timers_of(clock, CHAIN) == {"sla.at_risk": START + 2 * DAY + LATE_BY, "sla.breach": START + 10 * DAY}
    assert timers_of(clocks.promised(clock, START + 20 * DAY), CHAIN)["sla.at_risk"] == START + 8 * DAY


@pytest.mark.requirement("SLA-16")
def test_the_last_level_is_reminded_and_what_was_missed_is_one_reminder() -> None:
    chain, clock = Chain(CHAIN.levels, 7 * DAY), running()
    for _ in CHAIN.levels[1:]:
        clock = told(clock, EscalationKind.BREACHED, 0, chain)
    first = next_step(clock, EscalationKind.BREACHED, chain)
    assert first is not None
    assert (first.level.role, first.reminder, first.at) == ("chief", 1, START + 20 * DAY)
    late = next_step(clock, EscalationKind.BREACHED, chain, START + 42 * DAY)
    assert late is not None
    assert (late.reminder, late.at) == (4, START + 41 * DAY)
    after = next_step(told(clock, EscalationKind.BREACHED, late.reminder, chain), EscalationKind.BREACHED, chain)
    assert after is not None
    assert (after.reminder, after.at) == (5, START + 48 * DAY)


@pytest.mark.requirement("SLA-15")
def test_a_pause_moves_both_moments_and_leaves_the_promise() -> None:
    waiting = clocks.paused(running(), START + 5 * DAY)
    after = clocks.resumed(waiting, START + 25 * DAY, Measured(ELAPSED, 10 * DAY))
    assert (after.at_risk_at, after.deadline_at, after.due_at) == (START + 28 * DAY, START + 30 * DAY, START + 10 * DAY)
    assert timers_of(waiting, CHAIN) == {}
    assert timers_of(after, CHAIN) == {"sla.at_risk": START + 28 * DAY, "sla.breach": START + 30 * DAY}


@pytest.mark.requirement("SLA-16")
def test_the_chain_goes_on_until_its_end() -> None:
    clock = running()
    steps = []
    while (step := next_step(clock, EscalationKind.BREACHED, CHAIN)) is not None:
        steps.append((step.level.role, step.at - START))
        clock = told(clock, EscalationKind.BREACHED, 0, CHAIN)
    assert steps == [("manager", 10 * DAY), ("chief", 13 * DAY)]
    assert next_step(clock, EscalationKind.AT_RISK, CHAIN) is None


@pytest.mark.requirement("SLA-15")
def test_imported_history_sets_no_timer_and_is_late_at_its_own_deadline() -> None:
    clock = running(Clock.EVENT)
    assert timers_of(clock, CHAIN) == {}
    assert missed_at_closing(clock, START + 10 * DAY, CHAIN) is None
    missed = missed_at_closing(clock, START + 11 * DAY, CHAIN)
    assert missed is not None
    assert (missed.level.role, missed.at) == ("manager", START + 10 * DAY)
    assert missed_at_closing(told(clock, EscalationKind.BREACHED, 0, CHAIN), START + 11 * DAY, CHAIN) is None


def test_a_service_without_a_target_is_never_late() -> None:
    facts = RequestFacts(tracking_number="X", service_code="unknown", opened_at=START)
    clock = clocks.start(derived_uuid("x"), facts, None, 0.8)
    ended = clocks.closed(clock, START + 900 * DAY, 1, counts=True)
    assert timers_of(clock, CHAIN) == {}
    assert missed_at_closing(clock, START + 900 * DAY, CHAIN) is None
    assert (ended.is_on_time, ended.counted) == (None, 900 * 1440)


@pytest.fixture(params=CITIES, ids=lambda folder: folder.name)
def city(request: pytest.FixtureRequest) -> City:
    return load_city(request.param)


@pytest.mark.requirement("SLA-01", "SLA-12", "SLA-20")
def test_every_service_of_every_city_has_a_target_or_the_reason_for_none_and_a_forecast_in_words(city: City) -> None:
    rules = rules_of(city)
    stated = {code for code, one in city.onboarding.items() if one.no_target}
    assert targets_of(city).keys() == city.services.keys() - stated
    for service in city.services:
        said = rules.forecast_words(service, rules.forecast(service, None, START.date()), START.date())
        assert set(said) == set(city.profile.languages)
        assert all("{{" not in words for words in (*said.values(), *rules.target_words(service, START.date()).values()))


def test_a_citys_working_time_follows_its_calendar(city: City) -> None:
    work = working_time(city.calendar, city.profile.time_zone)
    assert work.zone.key == city.profile.time_zone
    assert all(work.window(holiday) is None for holiday in city.calendar.holiday_dates)


@pytest.mark.requirement("SLA-12", "SLA-13", "SLA-14")
def test_words_say_what_is_known_and_no_more(city: City) -> None:
    service, (target, *_) = next(iter(targets_of(city).items()))
    silent = forecast_of(None, None, 30, has_target=True)
    none = city.no_baseline.text.say("en")
    length = wording.target_words(city, target.due, 5)["en"]
    assert wording.forecast_words(city, service, silent, target.due, 5)["en"] == f"{none} {length}"
    without = wording.forecast_words(city, service, silent, None, 5)["en"]
    assert without == f"{none} {city.phrases.no_target.say('en')}" == wording.promise_words(city, None)["en"]
    assert "2026" in wording.promise_words(city, date(2026, 11, 20))["en"]
    assert "2026" in wording.moved_words(city, date(2026, 11, 20))["en"]
    assert "2026" in wording.expected_words(city, date(2026, 11, 20))["es"]
    assert wording.target_words(city, None, 5) == {}


@pytest.mark.requirement("SLA-14", "NOT-04")
def test_every_reason_to_wait_and_the_day_after_it_are_said_in_each_language(city: City) -> None:
    for language in city.profile.languages:
        said = {wording.waiting_words(city, reason)[language] for reason in city.target_rules.pause_reasons}
        assert len(said) == len(city.target_rules.pause_reasons)
        assert all(words.count(".") >= 2 and "{{" not in words for words in said), "why, and that there is no day"
        assert "{{" not in wording.due_words(city, START.date())[language]
