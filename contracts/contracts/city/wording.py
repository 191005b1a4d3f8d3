"""Templates, durations and forecasts in words, the same in every service that speaks to people."""

import datetime as dt
from collections.abc import Mapping

from contracts.city.base import PLACEHOLDER, LocalizedText
from contracts.city.messages import Phrases

DAYS_PER_MONTH = 30.4
MONTHS_FROM_DAYS = 60
HOURS_BELOW = 48


def fill(template: str, values: Mapping[str, object]) -> str:
    """Return the template with each `{{ name }}` replaced; a value that is not given reads as nothing.

    >>> fill("Your number is {{ tracking_number }}.", {"tracking_number": "ABC"})
    'Your number is ABC.'
    """
    return PLACEHOLDER.sub(lambda match: str(values.get(match[1], "")), template)


def say_duration(phrases: Phrases, days: float, language: str) -> str:
    """Return a length of elapsed days in words: hours below two days, days above, months added from two months on.

    Nothing is rounded to zero: the shortest is one hour. Parts are rounded up, since the phrase says "within".
    """
    hours = max(1, _round_up(days * 24))
    if hours < HOURS_BELOW:
        return _counted(phrases.hour_one, phrases.hour_other, hours, language)
    whole = _round_up(days)
    if whole < MONTHS_FROM_DAYS:
        return _counted(phrases.day_one, phrases.day_other, whole, language)
    spoken = _counted(phrases.day_one, phrases.day_other, whole, language)
    return fill(phrases.about_months.say(language), {"days": spoken, "count": round(days / DAYS_PER_MONTH)})


def say_forecast(phrases: Phrases, service_name: str, days_80: float, language: str) -> str:
    """Return the 80 % figure as residents read it, with its basis."""
    duration = say_duration(phrases, days_80, language)
    return fill(phrases.forecast.say(language), {"service": service_name, "duration": duration})


def say_date(phrases: Phrases, day: dt.date, language: str) -> str:
    """Return a day in words, without its year's clock: `November 20, 2026`, `20 de noviembre de 2026`."""
    months = phrases.months.get(language) or next(iter(phrases.months.values()))
    values = {"day": day.day, "month": months[day.month - 1], "year": day.year}
    return fill(phrases.date_format.say(language), values)


def _counted(one: LocalizedText, other: LocalizedText, count: int, language: str) -> str:
    """Return the counted noun in its right form."""
    return fill((one if count == 1 else other).say(language), {"count": count})


def _round_up(amount: float) -> int:
    """Return the next whole number; what floating point adds below a thousandth does not count."""
    return -int(-(amount - 0.001) // 1)
