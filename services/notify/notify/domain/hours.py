"""When a message may be sent: people's quiet hours, the city's own, and the hour of a day's news in one."""

from datetime import datetime, timedelta
from datetime import time as hour_of_day
from hashlib import blake2b
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from contracts.city import Telling
from contracts.vocabulary import Frequency, Moment
from notify.domain.reaching import Reach

_UNHEARD: Final = frozenset({"webhook", "letter", "social"})
"""Nobody is woken by these."""
_SPREAD_SECONDS: Final = 3600
_DAY: Final = timedelta(days=1)
_DIGEST: Final = Frequency.DIGEST.value
_EVERY: Final = Frequency.EVERY.value


class Clock(NamedTuple):
    """A city's rules of telling, and its time."""

    telling: Telling
    zone: ZoneInfo


def is_heard(clock: Clock, moment: Moment, reach: Reach | None, *, in_crowd: bool) -> bool:
    """Tell whether somebody wishes to hear of a moment; of a crowd's small steps nobody hears who asked for nothing."""
    if not in_crowd and (reach is None or reach.frequency != Frequency.MILESTONES.value):
        return True
    return moment in clock.telling.milestones


def is_digested(clock: Clock, moment: Moment, reach: Reach | None) -> bool:
    """Tell whether a moment waits for the day's one message."""
    return reach is not None and reach.frequency == _DIGEST and moment not in clock.telling.urgent


def send_at(
    clock: Clock, moment: Moment, contact_ref: str, channel: str | None, reach: Reach | None, now: datetime
) -> datetime:
    """Say when a message may leave: now, at the day's hour for those who want one message, or after quiet hours."""
    if channel is None or reach is None:
        return now
    if is_digested(clock, moment, reach):
        return _next(clock, clock.telling.digest.at, now, _share(contact_ref))
    return held_until(clock, moment, channel, reach, now)


def held_until(clock: Clock, moment: Moment, channel: str, reach: Reach, now: datetime) -> datetime:
    """Say until when quiet hours hold what is due: also what waited for its turn, or is tried again, keeps them."""
    return max(_after_own(clock, moment, channel, reach, now), _after_citys(clock, channel, now))


def _after_own(clock: Clock, moment: Moment, channel: str, reach: Reach, now: datetime) -> datetime:
    if not (reach.quiet_from and reach.quiet_until) or channel in _UNHEARD or moment in clock.telling.urgent:
        return now
    return after_quiet(clock.zone, reach.quiet_from, reach.quiet_until, now)


def _after_citys(clock: Clock, channel: str, now: datetime) -> datetime:
    quiet = clock.telling.quiet
    return after_quiet(clock.zone, quiet.start, quiet.end, now) if quiet and channel in quiet.channels else now


def after_quiet(zone: ZoneInfo, start: str, end: str, now: datetime) -> datetime:
    """Say when hours end that hold `now`; `now` when they do not. Hours without length hold nothing.

    >>> zone, night = ZoneInfo("America/Los_Angeles"), datetime.fromisoformat("2026-03-08T06:30:00+00:00")
    >>> after_quiet(zone, "21:00", "08:00", night).isoformat()  # daylight saving begins in that night
    '2026-03-08T15:00:00+00:00'
    >>> after_quiet(zone, "08:00", "21:00", night) == night, after_quiet(zone, "21:00", "21:00", night) == night
    (True, True)
    """
    local, opens, closes = now.astimezone(zone), hour_of_day.fromisoformat(start), hour_of_day.fromisoformat(end)
    at = hour_of_day(local.hour, local.minute)
    if opens == closes or not (opens <= at < closes if opens < closes else at >= opens or at < closes):
        return now
    day = local.date() + (_DAY if at >= closes else timedelta(0))
    return datetime.combine(day, closes, zone).astimezone(now.tzinfo)


def _next(clock: Clock, hour: str, now: datetime, later: timedelta) -> datetime:
    """Say when this hour comes next, and a share of an hour more."""
    local = now.astimezone(clock.zone)
    for days in (0, 1):
        at = datetime.combine(local.date() + days * _DAY, hour_of_day.fromisoformat(hour), clock.zone) + later
        if at > local:
            return at.astimezone(now.tzinfo)
    return at.astimezone(now.tzinfo)


def _share(contact_ref: str) -> timedelta:
    """Give everybody a moment of their own within the hour: a city's digests must not leave all at once."""
    place = int.from_bytes(blake2b(contact_ref.encode(), digest_size=4).digest(), "big")
    return timedelta(seconds=place % (_SPREAD_SECONDS * 1000) / 1000)
