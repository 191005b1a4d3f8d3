"""Promises and forecasts in the city's own words, in every language it speaks."""

from collections.abc import Callable
from datetime import date

from contracts.city import City, LocalizedText, Span, fill, say_date, say_duration, say_forecast
from contracts.event import Texts
from contracts.sla import RevisionReason
from sla.domain.forecast import Forecast

HOURS_PER_DAY = 24
DAYS_PER_WEEK = 7
WORKING_DAYS = frozenset({"business_days", "business_dates"})


def forecast_words(city: City, service: str, forecast: Forecast, target: Span | None, working_days: int) -> Texts:
    """Say what may be promised before a request exists: the 80 % figure, else "not yet available" and the target.

    Where the agency has none, it says why.
    """
    days = forecast.basis.days_80
    if days is None:
        stated = city.onboarding.get(service)
        why = _each(city, stated.no_target.say) if stated and stated.no_target else _no_target(city, target)
        return joined(_none_words(city), target_words(city, target, working_days) or why)
    name = city.service_name(service)
    return _each(city, lambda language: say_forecast(city.phrases, name.say(language), days, language))


def target_words(city: City, target: Span | None, working_days: int) -> Texts:
    """Say how long an agency gives itself; nothing where it has set no target."""
    phrase = city.phrases.target_within
    if target is None or phrase is None:
        return {}
    days = elapsed_days(target, working_days)
    return _each(
        city, lambda language: fill(phrase.say(language), {"duration": say_duration(city.phrases, days, language)})
    )


def promise_words(city: City, due_on: date | None) -> Texts:
    """Say what is promised where history is thin: that there is no forecast yet, and the day the work is due."""
    target = _no_target(city, None) if due_on is None else _dated(city, city.phrases.target, due_on)
    return joined(_none_words(city), target)


def expected_words(city: City, expected_on: date) -> Texts:
    """Say to which day a forecast comes; empty where the city has no phrase for it."""
    phrase = city.phrases.expected_first
    return _dated(city, phrase, expected_on) if phrase else {}


def moved_words(city: City, expected_on: date) -> Texts:
    """Say that a forecast moved, and to which day; empty where the city has no phrase for it."""
    phrase = city.phrases.expected_on
    return _dated(city, phrase, expected_on) if phrase else {}


def due_words(city: City, due_on: date) -> Texts:
    """Say the day of the target."""
    return _dated(city, city.phrases.target, due_on)


def waiting_words(city: City, reason: str) -> Texts:
    """Say what a request waits for and that its day is told when that is over."""
    phrase = city.phrases.waiting
    after = _each(city, phrase.say) if phrase else {}
    return joined(why(city, reason) or why(city, RevisionReason.PAUSED), after)


def why(city: City, reason: str) -> Texts:
    """Say why a promise was revised or waits; empty where the city has no words for it."""
    words = city.because(reason)
    return _each(city, words.say) if words else {}


def elapsed_days(span: Span, working_days: int) -> float:
    """Return about how many days of the week's calendar a span takes, for words alone; a due date is counted exactly.

    >>> elapsed_days(Span(amount=5, unit="business_days"), working_days=5)
    7.0
    >>> elapsed_days(Span(amount=24, unit="hours"), working_days=5)
    1.0
    """
    if span.unit in {"hours", "business_hours"}:
        return span.amount / HOURS_PER_DAY
    return span.amount * (DAYS_PER_WEEK / working_days if span.unit in WORKING_DAYS else 1)


def _dated(city: City, phrase: LocalizedText, day: date) -> Texts:
    phrases = city.phrases
    return _each(city, lambda lang: fill(phrase.say(lang), {"due_date": say_date(phrases, day, lang)}))


def _none_words(city: City) -> Texts:
    return _each(city, city.no_baseline.text.say)


def _no_target(city: City, target: Span | None) -> Texts:
    return {} if target else _each(city, city.phrases.no_target.say)


def joined(first: Texts, second: Texts) -> Texts:
    """Say one thing after the other.

    >>> joined({"en": "Soon."}, {"en": "Or later."}), joined({"en": "Soon."}, {})
    ({'en': 'Soon. Or later.'}, {'en': 'Soon.'})
    """
    return {language: f"{text} {second.get(language, '')}".strip() for language, text in first.items()}


def _each(city: City, say: Callable[[str], str]) -> Texts:
    return {language: say(language) for language in city.profile.languages}
