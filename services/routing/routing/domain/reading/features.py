"""What a text looks like to the reader: numbers of its words, neighbours and pieces, from which no text comes back."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Final, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Features: TypeAlias = NDArray[np.int32]
"""Sorted numbers, each once."""

BUCKETS: Final = 1 << 20
"""Every feature is one of so many numbers; different ones may share a number, which hardly costs anything."""
MOST_WORDS: Final = 200
"""A text is read so far; whoever writes more has said it by then."""
_PIECES: Final = range(3, 6)
_WORD: Final = re.compile(r"[a-z]+|[0-9]+")
_LONG_NUMBER: Final = 3
_CELL: Final = 2
"""Digits of a degree: a place is known to about a kilometre."""


@dataclass(frozen=True, slots=True)
class Setting:
    """When and where something was said: the city's own time, the areas it lies in, and its position."""

    at: datetime | None = None
    areas: tuple[tuple[str, str], ...] = ()
    spot: tuple[float, float] | None = None

    def words(self) -> Iterator[str]:
        """Say it in words of its own, which no text can hold.

        >>> list(Setting(datetime(2026, 3, 2, 17), (("district", "4"),), (34.052, -118.243)).words())
        ['hour 17', 'day 0', 'area district 4', 'cell 34.05 -118.24']
        """
        if self.at is not None:
            yield from (f"hour {self.at.hour}", f"day {self.at.weekday()}")
        yield from (f"area {kind} {area}" for kind, area in self.areas)
        if self.spot is not None:
            yield f"cell {self.spot[0]:.{_CELL}f} {self.spot[1]:.{_CELL}f}"


def plain(text: str) -> str:
    """Write a text without capitals, accents and signs: two texts that are plainly the same are repeats.

    >>> plain("¡Un BACHE  enorme, en la C/ Alcalá 12!")
    'un bache enorme en la c alcala 12'
    """
    return " ".join(_words(text))


def _words(text: str) -> list[str]:
    bare = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return _WORD.findall(bare)


def features(text: str, setting: Setting | None = None) -> Features:
    """Turn what a text says, and when and where, into numbers.

    >>> len(features("pothole")), len(features("pothole", Setting(datetime(2026, 3, 2, 17))))
    (19, 21)

    Numbers are told apart by their length alone, so that no house number is learned; and the same holds whatever the
    accents and capitals:

    >>> bool((features("Bache en Alcalá 1234") == features("bache en ALCALA 5678")).all())
    True
    """
    words = [_known(word) for word in _words(text)[:MOST_WORDS]]
    told = [_number(f"2{a} {b}") for a, b in pairwise(words)]
    told += [_number(f"@{word}") for word in (setting.words() if setting else ())]
    return np.unique(np.concatenate([*map(_pieces, words), np.array(told, dtype=np.int32)]))


def _known(word: str) -> str:
    return "#" * len(word) if word.isdigit() and len(word) >= _LONG_NUMBER else word


@lru_cache(maxsize=20_000)
def _pieces(word: str) -> Features:
    """Give numbers to a word and its pieces of three to five letters; few words are most of what is said."""
    whole = f" {word} "
    pieces = {whole[start : start + size] for size in _PIECES for start in range(len(whole) - size + 1)}
    return np.array([_number(f"1{word}"), *(_number(f"0{piece}") for piece in pieces)], dtype=np.int32)


def _number(feature: str) -> int:
    return crc32(feature.encode()) % BUCKETS


def distinct(texts: Sequence[str]) -> list[int]:
    """Tell which of these texts say something not said before, by their places.

    >>> distinct(["Pothole!", "pothole", "", "Graffiti"])
    [0, 3]
    """
    said = {plain(text): place for place, text in reversed(list(enumerate(texts)))}
    said.pop("", None)
    return sorted(said.values())
