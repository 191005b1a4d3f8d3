"""What must hold for rules in their order: none is out of reach, none wins by chance, no day is without a rule."""

import datetime as dt
from functools import reduce
from operator import or_

from contracts.city.reach import Masks, overlaps, situations, winners
from contracts.city.reading import Reading
from contracts.city.routes import Rule
from contracts.city.services import Service
from contracts.city.yamllines import Place

NAME = "routes.yaml"


def check_reach(reading: Reading, rules: tuple[Rule, ...], services: dict[str, Service]) -> None:
    """Look at every service's rules by themselves."""
    numbered = list(enumerate(rules))
    for code, service in services.items():
        mine = [(index, rule) for index, rule in numbered if code in rule.services]
        masks = situations([rule for _, rule in mine], service, reading.parts["calendar.yaml"])
        _check_reachable(reading, code, mine, masks)
        for first, behind, words in overlaps(masks):
            _check_meant(reading, code, mine[first], mine[behind], words)
    _check_forgotten(reading, rules, set(services))


def _check_reachable(reading: Reading, code: str, mine: list[tuple[int, Rule]], masks: Masks) -> None:
    """Every rule takes some request on some day that no rule before it takes."""
    reached, matched = winners(masks), reduce(or_, masks)
    for number, (index, rule) in enumerate(mine):
        before = [other.id for _, other in mine[:number] if other.when.covers(rule.when)]
        taken = f"rule {before[0]} takes" if before else "the rules before it together take"
        text = (
            f"can never be reached for {code}: {taken} the same before; move it up, or change what it asks"
            if matched >> number & 1
            else f"can never be reached for {code}: no request of it ever meets the condition; change what it asks"
        )
        reading.require(number in reached, NAME, ("rules", index), text)


def _check_meant(reading: Reading, code: str, first: tuple[int, Rule], behind: tuple[int, Rule], words: str) -> None:
    """Where two rules send one request to different desks, one is a case of the other, or says `before`."""
    (index, rule), (_, other) = first, behind
    same = (rule.agency, rule.queue) == (other.agency, other.queue)
    meant = same or other.when.covers(rule.when) or rule.when.covers(other.when) or other.id in rule.before
    text = (
        f"is ambiguous for {code}: rule {other.id} takes the same request ({words}), and only the order decides;"
        f" write 'before: [{other.id}]' if that is meant, or narrow one of the two"
    )
    place: Place = ("rules", index)
    reading.require(meant, NAME, place, text)


def _check_forgotten(reading: Reading, rules: tuple[Rule, ...], services: set[str]) -> None:
    """Every service ends, on every day, in a rule without conditions, except those that a person must read."""
    triage = set(reading.parts["city.yaml"].triage_services)
    open_days = {code: _day_without(code, rules) for code in sorted(services - triage)}
    never = ", ".join(code for code, day in open_days.items() if day == dt.date.min)
    text = f"have no rule without conditions for {never}; add one, or list the service in triage_services"
    reading.require(not never, NAME, ("rules",), text)
    for code, day in open_days.items():
        text = f"have no rule without conditions for {code} from {day} on; let one begin where the other ends"
        reading.require(day in {None, dt.date.min}, NAME, ("rules",), text)
    ruled = ", ".join(sorted(triage & {code for rule in rules for code in rule.services}))
    reading.require(not ruled, NAME, ("rules",), f"name {ruled}, which city.yaml sends to triage; keep one of the two")


def _day_without(code: str, rules: tuple[Rule, ...]) -> dt.date | None:
    """Tell the first day on which no rule takes everything of a service; None when there is no such day."""
    general = [rule for rule in rules if code in rule.services and rule.when.is_always]
    edges = {day for rule in general for day in (rule.effective_from, rule.effective_until) if day}
    days = (dt.date.min, *sorted(edges))
    return next((day for day in days if not any(rule.is_in_force(day) for rule in general)), None)
