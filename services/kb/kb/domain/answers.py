"""What answers a question: an article that is sure enough, or an honest no; and what to do next."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from contracts.city import Agency, City, OpeningHours, Transfer
from kb.domain.search import tokens

SURE: Final = 0.34
"""Below this, a search still shows what it found, but nobody is told that it is the answer."""
_FULL: Final = 0.6


class Evidence(NamedTuple):
    """How well the best article fits, and how well the next one does."""

    score: float
    covered: float
    known: float
    next_score: float = 0.0


def confidence(found: Evidence) -> float:
    """Say how sure it is, 0 to 1: how much of the question the article holds, how much it says about it.

    >>> confidence(Evidence(0.6, 1.0, 1.0)), confidence(Evidence(0.05, 0.2, 0.3))
    (1.0, 0.12)
    """
    strength = min(1.0, found.score / _FULL)
    return round(min(1.0, 0.5 * found.covered + 0.5 * strength * (0.5 + 0.5 * found.covered)), 2)


def is_answer(found: Evidence) -> bool:
    """Tell whether the best article is the answer, or only the nearest.

    >>> is_answer(Evidence(0.4, 0.8, 1.0)), is_answer(Evidence(0.1, 0.3, 0.4))
    (True, False)
    """
    return confidence(found) >= SURE


class Next(NamedTuple):
    """What to do next. `kind` says what the rest means."""

    kind: str
    service: str | None = None
    name: Mapping[str, str] | None = None
    phone: str | None = None
    hours: str | None = None
    open: bool | None = None


def next_step(question: str, article: Mapping[str, Any] | None, city: City, local: datetime) -> Next:
    """Choose the next step: danger first, then social services, a request, a desk, the city's own number.

    `local` is the time of day in the city.
    """
    return next(step for step in (rule(question, article, city, local) for rule in _RULES) if step is not None)


def _danger(question: str, _article: Mapping[str, Any] | None, city: City, _local: datetime) -> Next | None:
    said = _holds(question, city.profile.emergency.words.all())
    return Next("call_911", phone=city.profile.emergency.phone, open=True) if said else None


def _social(question: str, article: Mapping[str, Any] | None, city: City, _local: datetime) -> Next | None:
    social = city.profile.social_services
    if _holds(question, social.words.all()) or (article and article["section"] == "social_services"):
        return Next("call_211", phone=social.phone, open=True)
    return None


def _request(_question: str, article: Mapping[str, Any] | None, city: City, _local: datetime) -> Next | None:
    for code in article["services"] if article else ():
        if code in city.offered:
            return Next("start_request", service=code, name=city.offered[code].name.root)
    return None


def _desk(question: str, article: Mapping[str, Any] | None, city: City, local: datetime) -> Next | None:
    named = [city.transfers[slug] for slug in (article or {}).get("transfers", ()) if slug in city.transfers]
    asked = [t for t in city.transfers.values() if not article and _holds(question, t.keywords.all())]
    desk = next((t for t in (*named, *asked) if reach(t, city, local).phone), None)
    return reach(desk, city, local) if desk else None


def _agency(_question: str, article: Mapping[str, Any] | None, city: City, local: datetime) -> Next | None:
    agency = city.agencies.get(article["agency"]) if article else None
    if agency is None or not agency.phone:
        return None
    return _reached(agency.name.root, agency.phone, agency.hours, city, local)


def _city(_question: str, _article: Mapping[str, Any] | None, city: City, local: datetime) -> Next | None:
    operator = city.agencies[city.profile.operator_agency]
    return _reached(operator.name.root, city.profile.phone, operator.hours, city, local)


_Rule = Callable[[str, Mapping[str, Any] | None, City, datetime], Next | None]
_RULES: Final[tuple[_Rule, ...]] = (_danger, _social, _request, _desk, _agency, _city)
"""In this order; the last always has an answer."""


def reach(desk: Transfer, city: City, local: datetime) -> Next:
    """Say how to reach a desk, and whether somebody answers now; its agency's number where it has none of its own."""
    agency: Agency | None = city.agencies.get(desk.agency) if desk.agency else None
    phone = desk.phone or (agency.phone if agency else None)
    return _reached(desk.name.root, phone, desk.hours or (agency.hours if agency else None), city, local)


def _reached(
    name: Mapping[str, str], phone: str | None, hours: OpeningHours | None, city: City, local: datetime
) -> Next:
    return Next("call", None, name, phone, hours.root if hours else None, is_open(hours, city, local))


def is_open(hours: OpeningHours | None, city: City, local: datetime) -> bool | None:
    """Tell whether somebody answers now; None where the city's folder does not say. Holidays close what is not 24/7.

    >>> is_open(None, None, datetime(2026, 3, 2, 10)) is None
    True
    """
    if hours is None:
        return None
    if hours.root != "24/7" and local.date() in city.calendar.holiday_dates:
        return False
    return hours.is_open(local)


def holds_for(areas: Mapping[str, Sequence[str]], place: Mapping[str, str]) -> bool:
    """Tell whether an article holds at a place; where the kind of area is not known of the place, it may.

    >>> holds_for({"district": ["3"]}, {"district": "4"}), holds_for({"district": ["3"]}, {}), holds_for({}, {"a": "1"})
    (False, True, True)
    """
    return all(kind not in place or place[kind] in ids for kind, ids in areas.items())


def _holds(text: str, phrases: Iterable[str]) -> bool:
    said = f" {' '.join(tokens(text))} "
    return any(f" {' '.join(tokens(phrase))} " in said for phrase in phrases)
