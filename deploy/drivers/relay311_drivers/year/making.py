"""Makes a year of past requests in the order they were opened: the same seed makes the same year, in little memory."""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from contracts.city import City
from contracts.frontends import RequestSubmitted
from contracts.vocabulary import Clock
from relay311_drivers.generator import make_report
from relay311_drivers.year.volumes import Volumes, mix_of

LONGEST: Final = timedelta(days=300)
"""Nothing stays open longer, so that a played year ends before the next one does."""
_SHORTEST: Final = timedelta(minutes=20)
_OF_FIVE: Final = math.log(5)


class Past(NamedTuple):
    """One past request: what was reported when, and when its work ended."""

    opened: datetime
    ended: datetime
    report: RequestSubmitted


def make_year(city: City, count: int, seed: int, run: str = "") -> Iterator[Past]:
    """Make `count` requests over the city's year, spread by its months, weekdays and hours. `run` names them anew."""
    chance, mix = random.Random(seed), mix_of(city)  # noqa: S311 - a repeatable year, not a secret
    name = f"year-{run or seed}"
    for number, opened in enumerate(moments(city, count, chance), 1):
        service = city.services[mix.service(chance)]
        report = make_report(city, service, chance, f"{name}-{number}").model_copy(
            update={"submitter": name, "requested_at": opened, "clock": Clock.EVENT}
        )
        yield Past(opened, opened + lasting(city, mix.volumes, service.code, chance), report)


def moments(city: City, count: int, chance: random.Random) -> Iterator[datetime]:
    """Spread `count` moments over the year, in order."""
    for hour, many in zip(hours_of(city), shares(list(weights_of(city)), count), strict=True):
        for second in sorted(chance.uniform(0, 3600) for _ in range(many)):
            yield hour + timedelta(seconds=second)


def hours_of(city: City) -> Iterator[datetime]:
    """Name the hours of the year: each of the city's own days has 24, whatever the clocks do."""
    zone = ZoneInfo(city.profile.time_zone)
    for day in _days(mix_of(city).volumes.year):
        midnight = datetime.combine(day, time(), zone).astimezone(UTC)
        yield from (midnight + timedelta(hours=hour) for hour in range(24))


def weights_of(city: City) -> Iterator[float]:
    """Weigh the hours of the year."""
    volumes = mix_of(city).volumes
    for day in _days(volumes.year):
        of_day = volumes.months[day.month - 1] * volumes.weekdays[day.weekday()]
        yield from (of_day * of_hour for of_hour in volumes.hours)


def _days(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))


def shares(weights: Sequence[float], count: int) -> Iterator[int]:
    """Split a count by weights into whole parts that add up to it.

    >>> list(shares([1, 1, 2], 10))
    [2, 3, 5]
    """
    total, so_far, given = sum(weights), 0.0, 0
    for weight in weights:
        so_far += weight
        upto = round(count * so_far / total)
        yield upto - given
        given = upto


def lasting(city: City, volumes: Volumes, service: str, chance: random.Random) -> timedelta:
    """Draw how long work took: 80 % within the printed days, ever fewer longer, as waiting times do."""
    days_80 = city.baselines[service].days_80 if service in city.baselines else volumes.days_80
    drawn = timedelta(days=chance.expovariate(_OF_FIVE / days_80))
    return min(max(drawn, _SHORTEST), LONGEST)
