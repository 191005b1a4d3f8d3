"""Scoring: what of a question each document holds, added up over the postings of its terms."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from kb.domain.search.asking import Concept
from kb.domain.search.choosing import Floats
from kb.domain.search.nearness import Vectors
from kb.domain.search.postings import SCALE, Docs, Postings

COMMON: Final = 2_000
"""A term in more documents than this is looked up only in those that hold a rarer one, or where it says most."""
FEW: Final = 64
"""Documents that hold a rarer term which are too few to go by."""


class Sealed(NamedTuple):
    """What can be found, all of one moment; the last three are room to reckon in, zero between searches."""

    postings: Postings
    alive: NDArray[np.bool_]
    vectors: Vectors | None
    score: Floats
    worth: Floats
    covered: Floats

    @classmethod
    def of(cls, postings: Postings, alive: NDArray[np.bool_], vectors: Vectors | None = None) -> Self:
        """Make room to reckon in for these postings."""
        return cls(postings, alive, vectors, *(np.zeros(len(alive), np.float32) for _ in range(3)))

    def rarity(self, concept: Concept) -> float:
        """Weigh a concept by how few documents hold it; one that nobody holds weighs as much as the rarest."""
        return _rarity(self, concept)

    def add_up(self, concepts: Sequence[tuple[float, Concept]]) -> Docs:
        """Add the concepts up, the rarest first; returns the documents that hold any."""
        return _add_up(self, sorted(concepts, key=lambda pair: -pair[0]))


_NOBODY: Final = np.zeros(0, np.int32)
_UNIT: Final = np.float32(1 / SCALE)


def _rarity(sealed: Sealed, concept: Concept) -> float:
    total, count = len(sealed.alive), sealed.postings.count
    held = max((min(int(count[t]) for t in terms) for terms, _ in concept.ways), default=0)
    return concept.weight * float(np.log1p((total - held + 0.5) / (held + 0.5)))


def _add_up(sealed: Sealed, concepts: Sequence[tuple[float, Concept]]) -> Docs:
    for weight, concept in concepts:
        held: list[Docs] = []
        for terms, worth in concept.ways:
            docs, values = _all_of(sealed, terms)
            sealed.worth[docs] = np.maximum(sealed.worth[docs], values * np.float32(worth))
            held.append(docs)
        docs = held[0] if len(held) == 1 else np.concatenate([_NOBODY, *held])
        found = sealed.worth[docs]  # a document that is there twice is written twice, and says the same each time
        sealed.score[docs] += np.float32(weight) * found
        sealed.covered[docs] += np.float32(weight) * (found > 0)
        sealed.worth[docs] = 0.0
    return np.flatnonzero(sealed.covered > 0).astype(np.int32)


def _all_of(sealed: Sealed, terms: Sequence[int]) -> tuple[Docs, Floats]:
    """Give the documents that hold all the terms, with the least of their impacts."""
    docs, values = _of(sealed, terms[0])
    for term in terms[1:]:
        others, more = _of(sealed, term)
        docs, left, right = np.intersect1d(docs, others, assume_unique=True, return_indices=True)
        values = np.minimum(values[left], more[right])
    return docs, values


def _of(sealed: Sealed, term: int) -> tuple[Docs, Floats]:
    docs, impacts = sealed.postings.of(term)
    if len(docs) > COMMON:
        chosen = np.flatnonzero(sealed.covered[docs] > 0)
        if len(chosen) < FEW:
            most = np.argpartition(impacts, -COMMON)[-COMMON:]
            chosen = np.unique(np.concatenate((chosen, most)))
        docs, impacts = docs[chosen], impacts[chosen]
    return docs, impacts * _UNIT
