"""The reader that every city begins with: it knows the catalog and residents' own phrases for it, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from contracts.city import City
from routing.domain.reading.learning import Example, fit, gather, trust
from routing.domain.reading.model import Model

_HELD_BACK: Final = 4


def examples_of(city: City) -> Iterator[Example]:
    """Give every way a city's folder has of asking for a service that a machine may choose."""
    for code, service in city.offered.items():
        said = city.spoken[code].every if code in city.spoken else ()
        named = (*service.name.root.values(), *service.description.root.values(), *service.keywords.every)
        yield from (Example(text, code) for text in (*said, *named))


_LEARNED: Final[dict[tuple[Path, str], Model]] = {}


def shipped(city: City) -> Model:
    """Learn from a city's folder, once: the same folder teaches the same."""
    known = (city.folder, city.version)
    if known not in _LEARNED:
        _LEARNED[known] = first_model(list(examples_of(city)))
    return _LEARNED[known]


def first_model(examples: Sequence[Example]) -> Model:
    """Learn from phrases, the same every time; every fourth is held back once, to learn how far to trust the rest.

    >>> said = [Example("pothole", "road"), Example("dead dog", "animal")] * 4
    >>> first_model(said).read("a pothole")[0].label
    'road'
    """
    labels = sorted({example.label for example in examples})
    held, rest = examples[::_HELD_BACK], [one for place, one in enumerate(examples) if place % _HELD_BACK]
    sure = trust(fit(gather(rest, labels)), gather(held, labels))
    return replace(fit(gather(examples, labels)), temperature=sure)
