"""Nearness of meaning: a document's title and summary beside a question, for words that they do not share."""

from collections.abc import Callable
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kb.domain.search.postings import Docs
from kb.domain.search.scoring import Floats, top

Vectors: TypeAlias = NDArray[np.float16]
Meaning: TypeAlias = Callable[[list[str]], NDArray[np.float32]]
"""Gives each text a vector of length one; those of texts that mean nearly the same point nearly the same way."""

WEIGHT: Final = 0.7
"""What a text of the very same meaning counts beside the words that are shared."""
ALONE: Final = 0.45
"""How near a document must be that shares no word with the question."""
EVERYBODY: Final = 4_096
"""Documents up to which each is compared; of more, those whose words fit best."""
COMPARED: Final = 256


class Ranked(NamedTuple):
    """Documents with what they score altogether, by their words alone, and how much of the question they cover."""

    docs: Docs
    scores: Floats
    words: Floats
    covered: Floats


def nearer(found: Ranked, alive: NDArray[np.bool_], vectors: Vectors, asked: NDArray[np.float32]) -> Ranked:
    """Add to each document's score how near its meaning is to what was asked.

    >>> one = np.ones(1, np.float32)
    >>> found = Ranked(np.array([1], np.int32), 0.2 * one, 0.2 * one, one)
    >>> vectors = np.array([[1, 0], [0.6, 0.8], [0, 1]], np.float16)
    >>> nearer(found, np.ones(3, np.bool_), vectors, np.array([1, 0], np.float32)).scores.round(2).astype(str).tolist()
    ['0.7', '0.62', '0.0']
    """
    if len(alive) > EVERYBODY:
        best = np.sort(top(found.scores, COMPARED))
        near = vectors[found.docs[best]].astype(np.float32) @ asked
        scores = found.scores.copy()
        scores[best] += WEIGHT * np.maximum(near, 0.0) * (scores[best] > 0)
        return found._replace(scores=scores)
    near = np.maximum(vectors.astype(np.float32) @ asked, 0.0) * alive
    words, covered = np.zeros(len(alive), np.float32), np.zeros(len(alive), np.float32)
    words[found.docs], covered[found.docs] = found.words, found.covered
    scores = np.where((words > 0) | (near >= ALONE), words + WEIGHT * near, 0.0).astype(np.float32)
    return Ranked(np.arange(len(alive), dtype=np.int32), scores, words, covered)
