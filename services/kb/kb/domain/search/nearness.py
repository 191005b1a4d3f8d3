"""Nearness of meaning: a document's title and summary beside a question, for words that they do not share."""

from collections.abc import Callable
from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kb.domain.search.choosing import Floats, top
from kb.domain.search.postings import Docs

Meaning: TypeAlias = Callable[[list[str]], Floats]
"""Gives each text a vector of length one; those of texts that mean nearly the same point nearly the same way."""

WEIGHT: Final = 1.0
"""What a text of the very same meaning counts where no words are shared; the better some fit, the less it counts."""
ALONE: Final = 0.45
"""How near a document must be that shares no word with the question."""
EVERYBODY: Final = 2_000
"""Documents up to which each is compared; of more, those whose words fit best."""
COMPARED: Final = 256
_FULL: Final = np.float32(127)


class Vectors(NamedTuple):
    """Vectors in a byte a number: whole numbers, and what each vector's are to be multiplied by."""

    numbers: NDArray[np.int8]
    units: Floats

    @classmethod
    def of(cls, exact: Floats) -> Self:
        """Round vectors to what a byte holds."""
        units = np.maximum(np.abs(exact).max(axis=1, initial=0.0), np.float32(1e-9)) / _FULL
        return cls(np.rint(exact / units[:, None]).astype(np.int8), units)

    def followed_by(self, more: "Vectors") -> "Vectors":
        """Put more of them behind these."""
        return Vectors(np.concatenate((self.numbers, more.numbers)), np.concatenate((self.units, more.units)))

    def near(self, asked: Floats, docs: Docs | slice = slice(None)) -> Floats:
        """Tell how near documents are to what was asked, from 0 to 1.

        >>> known = Vectors.of(np.array([[1, 0], [0.6, 0.8], [-1, 0]], np.float32))
        >>> known.near(np.array([1, 0], np.float32)).round(2).astype(str).tolist()
        ['1.0', '0.6', '0.0']
        """
        # `@` would wake a thread a core for so little, and they wait by spinning: ten times the time on a busy machine.
        near: Floats = np.einsum("ij,j->i", self.numbers[docs].astype(np.float32), asked) * self.units[docs]
        return np.maximum(near, np.float32(0))


class Ranked(NamedTuple):
    """Documents with what they score altogether, by their words alone, and how much of the question they cover."""

    docs: Docs
    scores: Floats
    words: Floats
    covered: Floats


def nearer(found: Ranked, alive: NDArray[np.bool_], vectors: Vectors, asked: Floats) -> Ranked:
    """Add to each document's score how near its meaning is to what was asked.

    >>> one = np.ones(1, np.float32)
    >>> found = Ranked(np.array([1], np.int32), 0.2 * one, 0.2 * one, one)
    >>> vectors = Vectors.of(np.array([[1, 0], [0.6, 0.8], [0, 1]], np.float32))
    >>> nearer(found, np.ones(3, np.bool_), vectors, np.array([1, 0], np.float32)).scores.round(2).astype(str).tolist()
    ['0.64', '0.58', '0.0']
    """
    weight = np.float32(WEIGHT * max(0.0, 1.0 - float(found.words.max(initial=0.0))) ** 2)
    if len(alive) > EVERYBODY:
        best, scores = np.sort(top(found.scores, COMPARED)), found.scores.copy()
        scores[best] += weight * vectors.near(asked, found.docs[best]) * (scores[best] > 0)
        return found._replace(scores=scores)
    near = vectors.near(asked) * alive
    words, covered = np.zeros(len(alive), np.float32), np.zeros(len(alive), np.float32)
    words[found.docs], covered[found.docs] = found.words, found.covered
    scores = np.where((words > 0) | (near >= ALONE), words + weight * near, 0.0).astype(np.float32)
    return Ranked(np.arange(len(alive), dtype=np.int32), scores, words, covered)
