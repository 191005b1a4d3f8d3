"""Words that are nearly the same: one letter too many, missing, wrong or out of place."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final
from zlib import crc32

import numpy as np
from rapidfuzz.distance import OSA

SHORTEST: Final = 4
"""Letters of the shortest word that is corrected: shorter ones are near to too many."""
LONG: Final = 8
"""From so many letters on, two errors are forgiven."""
NEAREST: Final = 3


class Spelling:
    """Looks known words up by what is left of them when one letter goes (a deletion neighbourhood)."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._sorted = (np.zeros(0, np.uint32), np.zeros(0, np.int32))
        self._fresh: list[int] = []

    def add(self, words: Iterable[str]) -> None:
        """Take in words that were not known before."""
        for word in words:
            if len(word) >= SHORTEST and word.isalpha():
                self._fresh.append(len(self.words))
                self.words.append(word)

    def seal(self) -> None:
        """Sort in what was added; looked up from then on."""
        if not self._fresh:
            return
        lengths = [len(self.words[place]) + 1 for place in self._fresh]
        left = (crc32(one.encode()) for place in self._fresh for one in _left(self.words[place]))
        keys = np.fromiter(left, np.uint32, sum(lengths))
        places = np.repeat(np.asarray(self._fresh, np.int32), lengths)
        keys, places = np.concatenate((self._sorted[0], keys)), np.concatenate((self._sorted[1], places))
        order = np.argsort(keys, kind="stable")
        self._sorted = keys[order], places[order]
        self._fresh = []

    def near(self, word: str) -> list[tuple[str, int]]:
        """Name the nearest known words with their distance, nearest first.

        >>> known = Spelling()
        >>> known.add(["pothole", "graffiti", "mattress"])
        >>> known.seal()
        >>> known.near("potohle"), known.near("grafitti"), known.near("zebra")
        ([('pothole', 1)], [('graffiti', 2)], [])
        """
        if not SHORTEST <= len(word) <= 40:  # noqa: PLR2004 - no word of a language is longer
            return []
        keys = np.fromiter({crc32(left.encode()) for left in _left(word)}, np.uint32)
        low = np.searchsorted(self._sorted[0], keys, "left")
        high = np.searchsorted(self._sorted[0], keys, "right")
        spans = (self._sorted[1][a:b].tolist() for a, b in zip(low.tolist(), high.tolist(), strict=True) if b > a)
        found = {self.words[place] for place in chain.from_iterable(spans)}
        most = 2 if len(word) >= LONG else 1
        scored = [(other, OSA.distance(word, other, score_cutoff=most)) for other in found]
        return sorted((pair for pair in scored if pair[1] <= most), key=lambda pair: (pair[1], pair[0]))[:NEAREST]


def _left(word: str) -> Iterator[str]:
    """Give the word itself, and what is left when one of its letters goes."""
    yield word
    for place in range(len(word)):
        yield word[:place] + word[place + 1 :]
