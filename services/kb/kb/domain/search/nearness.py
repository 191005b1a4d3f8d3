"""Nearness of meaning: a document's title and summary beside a question, for words that they do not share."""

import sys
from collections.abc import Callable
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from kb.domain.search.choosing import Floats, top
from kb.domain.search.postings import Docs

WEIGHT: Final = 0.7
"""What a text of the very same meaning counts where no words are shared; the better some fit, the less it counts."""
FALLS: Final = 1.5
"""How fast it counts less."""
LEAST: Final = 0.15
"""Where it would count less than this, nobody waits for the model to read the question."""
ALONE: Final = 0.45
"""How near a document must be that shares no word with the question."""
EVERYBODY: Final = 2_000
"""Documents up to which each is compared; of more, those whose words fit best."""
COMPARED: Final = 256
_FULL: Final = np.float32(127)


class Meaning(NamedTuple):
    """A model of a language: vectors of length one, which point nearly the same way for what means nearly the same.

    Documents are read at leisure, many at a time, by their titles and summaries; a question while somebody waits.
    With more than `most` documents they are compared by words alone.
    """

    of_documents: Callable[[list[str], list[str]], Floats]
    asked: Callable[[str], Floats]
    most: int = sys.maxsize


def of_length_one(vectors: Floats) -> Floats:
    """Keep where vectors point, and no more.

    >>> of_length_one(np.array([[3, 4], [0, 0]], np.float32)).astype(str).tolist()
    [['0.6', '0.8'], ['0.0', '0.0']]
    """
    one: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-6))
    return one


def weight_of(best: float) -> float:
    """Weigh meaning by how badly words fit: the most where none do, nothing where some fit well.

    >>> [round(weight_of(best), 2) for best in (0.0, 0.3, 0.6, 0.8)]
    [0.7, 0.41, 0.18, 0.0]
    """
    weight = WEIGHT * float(max(0.0, 1.0 - best) ** FALLS)
    return weight if weight >= LEAST else 0.0


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


def nearer(found: Ranked, alive: NDArray[np.bool_], vectors: Vectors, read: Callable[[], Floats]) -> Ranked:
    """Add to each document's score how near its meaning is to what was asked, which is read where that counts.

    >>> one = np.ones(1, np.float32)
    >>> found = Ranked(np.array([1], np.int32), 0.2 * one, 0.2 * one, one)
    >>> vectors = Vectors.of(np.array([[1, 0], [0.6, 0.8], [0, 1]], np.float32))
    >>> ranked = nearer(found, np.ones(3, np.bool_), vectors, lambda: np.array([1, 0], np.float32))
    >>> ranked.scores.round(2).astype(str).tolist()
    ['0.5', '0.5', '0.0']
    """
    weight = np.float32(weight_of(float(found.words.max(initial=0.0))))
    if not weight:
        return found
    asked = read()
    if len(alive) > EVERYBODY:
        best, scores = np.sort(top(found.scores, COMPARED)), found.scores.copy()
        scores[best] += weight * vectors.near(asked, found.docs[best]) * (scores[best] > 0)
        return found._replace(scores=scores)
    near = vectors.near(asked) * alive
    words, covered = np.zeros(len(alive), np.float32), np.zeros(len(alive), np.float32)
    words[found.docs], covered[found.docs] = found.words, found.covered
    scores = np.where((words > 0) | (near >= ALONE), words + weight * near, 0.0).astype(np.float32)
    return Ranked(np.arange(len(alive), dtype=np.int32), scores, words, covered)
