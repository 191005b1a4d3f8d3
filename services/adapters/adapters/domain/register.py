"""How far integration has come, by agency and service, and what is unfinished about it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from contracts.city import City, Integration

_RANK = {"none": 0, "one_way": 1, "two_ways": 2}


class Entry(NamedTuple):
    """One service of one agency. `by` is how it is reached; `unfinished` says what is missing, a sentence each."""

    agency: str
    service: str
    link: str
    wanted: str
    taken_in: str
    by: str
    unfinished: tuple[str, ...]


def pairs(city: City) -> list[tuple[str, str]]:
    """List which services can reach which agency, by the city's rules and its adapters.

    A city whose rules send potholes to Streets has that pair; tested by name.
    """
    found = {(desk, code) for rule in city.rules for code in rule.services
             for desk in (rule.agency, *(also.agency for also in rule.also))}  # fmt: skip
    found |= {(slug, code) for slug, adapter in city.adapters.items() for code in adapter.mapping.types}
    return sorted(found)


def register(city: City, waiting: Mapping[str, int]) -> list[Entry]:
    """Make the register; `waiting` counts the open exceptions of each agency. Tested by name."""
    return [_entry(city, agency, service, waiting.get(agency, 0)) for agency, service in pairs(city)]


def _entry(city: City, agency: str, service: str, waiting: int) -> Entry:
    said = _said(city.integrations, agency, service)
    adapter = city.adapters.get(agency)
    link, wanted = (said.link, said.wanted) if said else ("two_ways", "two_ways")
    unfinished = []
    if _RANK[link] < _RANK[wanted]:
        unfinished.append(f"The link is {link.replace('_', ' ')}; wanted is {wanted.replace('_', ' ')}.")
    if adapter and service not in adapter.mapping.types:
        unfinished.append("The agency's system has no type for this service: its requests wait as exceptions.")
    if waiting:
        unfinished.append(f"{waiting} exceptions of this agency wait for a person.")
    by = adapter.kind if adapter else ("nothing" if link == "none" else "kafka")
    return Entry(agency, service, link, wanted, said.taken_in if said else "311", by, tuple(unfinished))


def _said(integrations: Sequence[Integration], agency: str, service: str) -> Integration | None:
    own = [one for one in integrations if one.agency == agency]
    return next((one for one in own if service in one.services), next((one for one in own if not one.services), None))


def summary(entries: Sequence[Entry]) -> dict[str, int]:
    """Count entries by link, and the unfinished.

    >>> summary([Entry("parks", "trees", "none", "two_ways", "department", "nothing", ("No link.",))])
    {'none': 1, 'one_way': 0, 'two_ways': 0, 'unfinished': 1}
    """
    counts = {link: sum(entry.link == link for entry in entries) for link in _RANK}
    return counts | {"unfinished": sum(bool(entry.unfinished) for entry in entries)}
