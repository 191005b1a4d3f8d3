"""What can happen to one service's requests under its rules: every combination of rules that may match at once.

All that the rules look at is cut into the fewest pieces that no rule tells apart, and each piece is held against all
rules. What is found is exact, but for what the data cannot say: outlines may overlap, and every area may be unknown.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, Final, TypeAlias

from contracts.city.promises import Calendar
from contracts.city.routes import Rule
from contracts.city.services import Service
from contracts.city.weekhours import DAY_MINUTES, WEEK_MINUTES

Masks: TypeAlias = dict[int, str]
"""Which rules match, a bit for each from the first rule on, and a request of that kind in words."""

ELSE: Final = "something else, or not known"
_MOST_AT_ONCE: Final = 6
"""With more values than this, three at once stand for all that may come together."""


def situations(rules: Sequence[Rule], service: Service, calendar: Calendar) -> Masks:
    """List every set of rules that some request, on some day, matches at once, each with an example in words.

    A general rule behind a particular one is reached; the same behind it once more is not:

    >>> from contracts.city.routes import When
    >>> say = {"agency": "a", "queue": "q", "reason": {"en": "Why."}, "services": ("light",)}
    >>> wires = Rule(id="wires", version=1, when=When(attributes={"problem": ("wires",)}), **say)
    >>> rest, never = (Rule(id=name, version=1, **say) for name in ("rest", "never"))
    >>> from contracts.city.services import example_service
    >>> winners({*situations([wires, rest, never], example_service("light"), example_calendar())})
    {0, 1}
    """
    found: Masks = {(1 << len(rules)) - 1: ""}
    for axis in _axes(rules, service, calendar):
        pieces: Masks = {}
        for accepted, words in axis:
            pieces.setdefault(accepted, words)
        combined: Masks = {}
        for mask, said in found.items():
            for accepted, words in pieces.items():
                combined.setdefault(mask & accepted, ", ".join(filter(None, (said, words))))
        found = combined
    return found


def winners(masks: Iterable[int]) -> set[int]:
    """Name the rules, by number from 0, that win in any of these situations.

    >>> winners({0b110, 0b100, 0b000})
    {1, 2}
    """
    return {(mask & -mask).bit_length() - 1 for mask in masks if mask}


Axis: TypeAlias = Iterator[tuple[int, str]]


def _axes(rules: Sequence[Rule], service: Service, calendar: Calendar) -> Iterator[Axis]:
    """Cut up each thing that any rule looks at: pieces with the rules that accept them, and words for them."""
    tests = [rule.when.tests() for rule in rules]
    yield _days(rules)
    for looked in dict.fromkeys(looked for one in tests for looked in one):
        kind, name = looked
        accepts = [one.get(looked) for one in tests]
        if kind == "location_kind":
            yield _values(accepts, kind, {"private", "right_of_way", service.location_kind})
        elif kind == "outline" or _takes_several(service, name):
            yield _several(accepts, name or kind)
        elif kind not in {"hours", "calendar"}:
            yield _values(accepts, name or kind)
    if any(looked in one for one in tests for looked in (("hours", ""), ("calendar", ""))):
        yield _times([one.get(("hours", "")) for one in tests], [one.get(("calendar", "")) for one in tests], calendar)


def _values(accepts: Sequence[frozenset[Any] | None], name: str, only: set[str] | None = None) -> Axis:
    named = {value for accepted in accepts if accepted for value in accepted}
    for value in sorted(only if only is not None else named | {ELSE}, key=str):
        yield _mask(accepted is None or value in accepted for accepted in accepts), f"{name}: {value}"


def _several(accepts: Sequence[frozenset[Any] | None], name: str) -> Axis:
    """Cut up what may have several values at once: the outlines around a place, the answers that were ticked."""
    named = sorted({value for accepted in accepts if accepted for value in accepted})
    sizes = range(len(named) + 1 if len(named) <= _MOST_AT_ONCE else 4)
    for given in (set(chosen) for size in sizes for chosen in combinations(named, size)):
        words = f"{name}: {' and '.join(sorted(given)) or ELSE}"
        yield _mask(accepted is None or bool(accepted & given) for accepted in accepts), words


def _takes_several(service: Service, name: str) -> bool:
    question = service.question(name)
    return bool(question and question.kind == "multivaluelist")


def _times(hours: Sequence[frozenset[Any] | None], days: Sequence[frozenset[Any] | None], calendar: Calendar) -> Axis:
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    for minute in range(WEEK_MINUTES):
        day, rest = names[minute // DAY_MINUTES], minute % DAY_MINUTES
        for kind in ("working_day", "day_off") if day in calendar.working_days else ("day_off",):
            mask = _mask(
                (h is None or minute in h) and (d is None or kind in d) for h, d in zip(hours, days, strict=True)
            )
            yield mask, f"{day} {rest // 60:02}:{rest % 60:02} ({kind})"


def _days(rules: Sequence[Rule]) -> Axis:
    edges = {day for rule in rules for day in (rule.effective_from, rule.effective_until) if day}
    for day in (dt.date.min, *sorted(edges)):
        yield _mask(rule.is_in_force(day) for rule in rules), f"opened on {day}" if day > dt.date.min else ""


def _mask(accepted: Iterable[bool]) -> int:
    return sum(1 << number for number, takes in enumerate(accepted) if takes)


def overlaps(masks: Mapping[int, str]) -> Iterator[tuple[int, int, str]]:
    """List each winner with each rule behind it that would have taken the same request, and that request in words.

    >>> list(overlaps({0b101: "a small one", 0b100: "a big one"}))
    [(0, 2, 'a small one')]
    """
    seen: set[tuple[int, int]] = set()
    for mask, words in masks.items():
        first, *behind = (number for number in range(mask.bit_length()) if mask >> number & 1) if mask else (0,)
        for other in behind:
            if (first, other) not in seen:
                seen.add((first, other))
                yield first, other, words


def example_calendar() -> Calendar:
    """Make a calendar of ordinary weeks, for doctests."""
    return Calendar(working_days=("Mon", "Tue"), opens=dt.time(8), closes=dt.time(17), holidays=(), source="example")
