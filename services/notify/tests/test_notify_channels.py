"""Whom a message reaches, by which way, when: people's own choices, the city's hours, providers that are there."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from contracts.city import load_city
from contracts.vocabulary import Moment
from notify.domain.hours import Clock, held_until, is_digested, is_heard, send_at
from notify.domain.intents import Happening, Telling, plan
from notify.domain.moments import News
from notify.domain.reaching import Reach
from notify.domain.retries import Verdict
from notify.gateways.answers import answer_of

CITY = load_city(Path(__file__).parents[3] / "cities" / "los-angeles")
CLOCK = Clock(CITY.telling, ZoneInfo("America/Los_Angeles"))
NIGHT, NOON = datetime(2026, 3, 3, 7, tzinfo=UTC), datetime(2026, 3, 2, 20, tzinfo=UTC)
ANA = Reach("ana@example.org", None, ("email",))


@pytest.mark.requirement("NOT-03")
def test_texts_wait_for_the_citys_morning_and_mails_do_not() -> None:
    by_text = Reach(None, None, ("sms",), phone="213 555 0142")
    assert send_at(CLOCK, Moment.CLOSED, "c1", "sms", by_text, NIGHT).hour == 16
    assert send_at(CLOCK, Moment.CLOSED, "c1", "sms", by_text, NOON) == NOON
    assert send_at(CLOCK, Moment.CLOSED, "c1", "email", ANA, NIGHT) == NIGHT


def test_own_quiet_hours_hold_all_but_urgent_news() -> None:
    quiet = ANA._replace(quiet_from="20:00", quiet_until="07:00")
    assert send_at(CLOCK, Moment.CLOSED, "c1", "email", quiet, NIGHT).hour == 15
    assert send_at(CLOCK, Moment.NEEDS_INFORMATION, "c1", "email", quiet, NIGHT) == NIGHT


@pytest.mark.requirement("NOT-05")
def test_people_hear_as_often_as_they_chose() -> None:
    rarely, daily = ANA._replace(frequency="milestones"), ANA._replace(frequency="digest")
    assert [is_heard(CLOCK, moment, rarely, in_crowd=False) for moment in (Moment.ASSIGNED, Moment.CLOSED)] == [
        False,
        True,
    ]
    assert not is_heard(CLOCK, Moment.ASSIGNED, ANA, in_crowd=True)
    assert is_digested(CLOCK, Moment.ASSIGNED, daily)
    assert not is_digested(CLOCK, Moment.NEEDS_INFORMATION, daily)
    assert send_at(CLOCK, Moment.ASSIGNED, "c1", "email", daily, NOON) > NOON


@pytest.mark.requirement("NOT-03")
def test_a_channel_without_provider_gives_way_to_the_next_and_nobody_waits_for_it() -> None:
    happening, news = Happening(UUID(int=1), NOON, NOON), News(Moment.RECEIVED, "created")
    both = Reach("ana@example.org", None, ("sms",), phone="213 555 0142")
    by_mail = Telling(CLOCK, frozenset({"email", "webhook"}))
    assert [one.channel for one in plan(by_mail, news, happening, "c1", both)] == ["email"]
    (alone,) = plan(by_mail, news, happening, "c1", both._replace(email=None))
    assert (alone.channel, alone.next_attempt_at) == (None, NOON)


@pytest.mark.parametrize(
    ("now", "hour"),
    [("2026-03-07T20:00:00+00:00", 15), ("2026-10-31T20:00:00+00:00", 16), ("2026-12-31T20:00:00+00:00", 16)],
    ids=["daylight saving begins", "daylight saving ends", "a year ends"],
)
def test_a_days_one_message_comes_at_the_citys_hour_whatever_the_clock_does_that_night(now: str, hour: int) -> None:
    daily = ANA._replace(frequency="digest")
    at = send_at(CLOCK, Moment.ASSIGNED, "c1", "email", daily, datetime.fromisoformat(now))
    assert (at - datetime.fromisoformat(now)).days == 0
    assert at.astimezone(ZoneInfo("America/Los_Angeles")).hour == 8
    assert at.astimezone(UTC).hour == hour


def test_retry_after_is_honoured() -> None:
    answer = answer_of(429, "90")
    assert answer.verdict is Verdict.LATER
    assert answer.retry_after is not None
    assert answer.retry_after.total_seconds() == 90


def test_what_comes_due_in_quiet_hours_is_held_to_their_end() -> None:
    quiet = ANA._replace(quiet_from="20:00", quiet_until="07:00")
    assert held_until(CLOCK, Moment.CLOSED, "email", quiet, NIGHT).hour == 15
    assert held_until(CLOCK, Moment.CLOSED, "email", quiet, NOON) == NOON
    assert held_until(CLOCK, Moment.NEEDS_INFORMATION, "sms", ANA, NIGHT).hour == 16
