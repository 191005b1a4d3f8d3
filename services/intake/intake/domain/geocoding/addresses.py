"""Reading what somebody wrote as an address: house number, street, crossing and postcode."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from intake.domain.geocoding.spelling import DIRECTIONS, TYPES, TYPES_BEFORE, UNITS, ordinal, plain, word

_POSTCODE: Final = re.compile(r"^\d{5}$")
_NUMBER: Final = re.compile(r"^(\d{1,6})[A-D]?$")
_FRACTION: Final = re.compile(r"^\d/\d$")
_LEAD_IN: Final = re.compile(
    r"^(?:(?:AT|NEAR|BY|EN|CERCA|FRENTE|A|DE|THE|LA|INTERSECTION|CORNER|CRUCE|ESQUINA|OF|IN|FRONT) )*"
    r"(?:OF|DE|NEAR|AT|EN|A) (?:LA (?=\d))?|^LA (?=\d)"
)
_JOINED: Final = re.compile(r"(&|(?<!^\d)/|/(?!\d$))")
_JOINS: Final = frozenset({"&", "/", "AT", "AND", "Y", "CON", "ESQUINA", "CORNER", "X"})
_FILLERS: Final = frozenset({"LA", "CON", "DE", "OF", "THE"})
_IGNORED: Final = frozenset({"JR", "BLOCK", "BLK", "CUADRA"})
_NUMBERED_AVENUE: Final = frozenset({"AVENUE", "AVENIDA", "AV", "AVE"})
_LONGEST: Final = 300


class Street(NamedTuple):
    """A street's parts in their usual form; the parts that nobody wrote are empty."""

    direction: str
    name: str
    type: str

    def __str__(self) -> str:
        """Write it as it stands on its signs."""
        return " ".join(part for part in self if part)


class Written(NamedTuple):
    """What an address says: a number on a street, a crossing of two, or a street alone."""

    street: Street
    number: int | None = None
    crossing: Street | None = None
    postcode: str | None = None


def read_address(text: str) -> Written | None:
    """Read an address, English or Spanish; None when it holds no name of a street.

    >>> read_address("9757 North Oak Blvd. Apt 4, 91324")
    Written(street=Street(direction='N', name='OAK', type='BLVD'), number=9757, crossing=None, postcode='91324')
    >>> read_address("esquina de la 5a y Main")[:3]
    (Street(direction='', name='5TH', type=''), None, Street(direction='', name='MAIN', type=''))
    >>> read_address("Calle Primera 100 Oeste, 90012")[:2]
    (Street(direction='W', name='1ST', type='ST'), 100)
    >>> read_address("12 1/2 Ave 54")[:2]
    (Street(direction='', name='AVENUE 54', type=''), 12)
    >>> read_address("...") is None
    True
    """
    first, _, rest = plain(text[:_LONGEST].replace("@", "&").replace(", J", " J")).partition(",")
    head = (first if first[:1].isdigit() else _LEAD_IN.sub("", first)).split()
    postcode = _postcode([*head[2:], *rest.split()])
    if len(head) > 1 and head[-1] == postcode:
        head.pop()
    return _read(head, postcode)


def _postcode(words: Sequence[str]) -> str | None:
    return next((text for text in reversed(words) if _POSTCODE.match(text)), None)


def _read(words: list[str], postcode: str | None) -> Written | None:
    before, after = _crossing(words)
    number, before = _numbered(before)
    street = _street(before)
    if street is None:
        return None
    return Written(street, number, _street(after) if after and number is None else None, postcode)


def _crossing(words: list[str]) -> tuple[list[str], list[str]]:
    """Part two streets at the first word that joins them."""
    words = [part for text in words for part in _JOINED.split(text) if part] if _holds_sign(words) else words
    for place in range(1, len(words) - 1):
        if words[place] in _JOINS:
            after = words[place + 1 :]
            while len(after) > 1 and after[0] in _FILLERS:
                after = after[1:]
            return words[:place], after
    return words, []


def _holds_sign(words: Sequence[str]) -> bool:
    return any("&" in text or "/" in text for text in words)


def _numbered(words: list[str]) -> tuple[int | None, list[str]]:
    """Part the house number from the street: before it, or in Spanish behind it."""
    if len(words) > 1 and (found := _NUMBER.match(words[0])) and not (len(words) == 2 and words[1] in TYPES):  # noqa: PLR2004
        return int(found[1]), words[1:]
    if len(words) > 2 and words[0] in TYPES_BEFORE:  # noqa: PLR2004 - a type, a name and a number
        for place in range(2, len(words)):
            if found := _NUMBER.match(words[place]):
                return int(found[1]), [*words[:place], *words[place + 1 :]]
    return None, words


def _street(words: Sequence[str]) -> Street | None:
    words = _without_unit([text for text in words if text not in _IGNORED and not _FRACTION.match(text)])
    if len(words) > 1 and words[0] in {"OF", "DE"}:  # the 100 block OF Main
        words = words[1:]
    if not words:
        return None
    words, direction = _direction(words)
    words, kind = _type(words)
    if not words or not any(text.isalnum() for text in words):
        return None
    if len(words) == 1 and words[0].isdigit():
        return Street(direction, ordinal(int(words[0])), kind)
    return Street(direction, " ".join(map(word, words)), kind)


def _without_unit(words: Sequence[str]) -> Sequence[str]:
    for place, text in enumerate(words):
        if place and (text in UNITS or text.startswith("#")):
            return words[:place]
    return words


def _direction(words: Sequence[str]) -> tuple[Sequence[str], str]:
    """Part a direction from either end; the one in front counts. `NORTH ST` is a name."""
    first, last = DIRECTIONS.get(words[0], ""), DIRECTIONS.get(words[-1], "")
    if first and len(words) > 1 and not (len(words) == 2 and words[1] in TYPES):  # noqa: PLR2004
        return (words[1:-1] if last and len(words) > 2 else words[1:]), first  # noqa: PLR2004
    return (words[:-1], last) if last and len(words) > 1 else (words, "")


def _type(words: Sequence[str]) -> tuple[Sequence[str], str]:
    """Part the street's type from its name; what follows a type (a city's name) is no part of either."""
    if len(words) > 1 and words[0] in _NUMBERED_AVENUE and words[1].isdigit():
        return ("AVENUE", words[1]), ""
    if len(words) > 1 and words[0] in TYPES_BEFORE:
        return words[1:], TYPES[words[0]]
    for place in range(len(words) - 1, 0, -1):
        if words[place] in TYPES:
            return words[:place], TYPES[words[place]]
    return words, ""
