"""Finding streets by a name that may be misspelt."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process

_CLOSE: Final = 82.0
_SHORT, _CLOSE_SHORT = 5, 74.0
_MOST: Final = 5


class Names:
    """The names of all streets, found exactly or by likeness."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self._blocks = _blocks(self._names)
        self._alike = lru_cache(maxsize=4096)(self._search)

    def like(self, name: str) -> Mapping[str, float]:
        """Find names and how alike they are, 0 to 1; an exact one stands alone."""
        return {name: 1.0} if name in self._names else self._alike(name)

    def _search(self, name: str) -> Mapping[str, float]:
        near = {other for key in _keys(name) for other in self._blocks.get(key, ())}
        cutoff = _CLOSE_SHORT if len(name) <= _SHORT else _CLOSE
        found = process.extract(name, near, scorer=fuzz.ratio, score_cutoff=cutoff, limit=_MOST)
        return {other: score / 100 for other, score, _ in found}


def _keys(name: str) -> tuple[str, ...]:
    """Name the blocks to look in: the same first two letters, or the same end; one slip never hides both.

    The digits are part of both: 54th and 55th are alike in letters, and different streets.
    """
    digits = "".join(letter for letter in name if letter.isdigit())
    return f"^{name[:2]} {digits}", f"{name[-3:]}$ {digits}"


def _blocks(names: Iterable[str]) -> Mapping[str, list[str]]:
    blocks: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        for key in _keys(name):
            blocks[key].append(name)
    return blocks
