"""Scoring: what of a question each document holds, added up over the postings of its terms."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kb.domain.search.asking import Concept
from kb.domain.search.postings import SCALE, Docs, Postings

Floats: TypeAlias = NDArray[np.float32]

COMMON: Final = 4_000
"""A term in more documents than this is looked up only in those that hold a rarer one, or where it says most."""


class Sealed(NamedTuple):
    """What can be found, all of one moment; the last three are room to reckon in, zero between searches."""

    postings: Postings
    alive: NDArray[np.bool_]
    vectors: NDArray[np.float16] | None
    score: Floats
    worth: Floats
    covered: Floats

    @classmethod
    def of(cls, postings: Postings, alive: NDArray[np.bool_], vectors: NDArray[np.float16] | None = None) -> Self:
        """Make room to reckon in for these postings."""
        return cls(postings, alive, vectors, *(np.zeros(len(alive), np.float32) for _ in range(3)))

    def rarity(self, concept: Concept) -> float:
        """Weigh a concept by how few documents hold it; one that nobody holds weighs as much as the rarest."""
        return _rarity(self, concept)

    def add_up(self, concepts: Sequence[tuple[float, Concept]]) -> Docs:
        """Add the concepts up, the rarest first; returns the documents that hold any."""
        return _add_up(self, sorted(concepts, key=lambda pair: -pair[0]))


def _rarity(sealed: Sealed, concept: Concept) -> float:
    total, count = len(sealed.alive), sealed.postings.count
    held = max((min(int(count[t]) for t in terms) for terms, _ in concept.ways), default=0)
    return concept.weight * float(np.log1p((total - held + 0.5) / (held + 0.5)))


def _add_up(sealed: Sealed, concepts: Sequence[tuple[float, Concept]]) -> Docs:
    touched = np.zeros(0, np.int32)
    for weight, concept in concepts:
        held: list[Docs] = []
        for terms, worth in concept.ways:
            docs, values = _all_of(sealed.postings, terms, touched)
            sealed.worth[docs] = np.maximum(sealed.worth[docs], values * np.float32(worth))
            held.append(docs)
        if not held:
            continue
        docs = _together(held)
        found = sealed.worth[docs]
        sealed.worth[docs] = 0.0
        sealed.score[docs] += weight * found
        sealed.covered[docs] += weight * np.where(found > 0, 1.0, 0.0).astype(np.float32)
        touched = _together([touched, docs]) if len(touched) else docs
    return touched


def _together(parts: Sequence[Docs]) -> Docs:
    """Give every document of these sorted lists once, sorted."""
    if len(parts) == 1:
        return parts[0]
    docs = np.concatenate(parts)
    docs.sort(kind="stable")  # which finds the sorted runs
    return docs[np.flatnonzero(np.diff(docs, prepend=np.int32(-1)))]


def _all_of(postings: Postings, terms: Sequence[int], touched: Docs) -> tuple[Docs, Floats]:
    """Give the documents that hold all the terms, with the least of their impacts."""
    docs, values = _of(postings, terms[0], touched)
    for term in terms[1:]:
        others, more = _of(postings, term, touched)
        docs, left, right = np.intersect1d(docs, others, assume_unique=True, return_indices=True)
        values = np.minimum(values[left], more[right])
    return docs, values


def _of(postings: Postings, term: int, touched: Docs) -> tuple[Docs, Floats]:
    docs, impacts = postings.of(term)
    if len(docs) > COMMON:
        if len(touched):
            places = np.minimum(np.searchsorted(docs, touched), len(docs) - 1)
            chosen = places[docs[places] == touched]
        else:
            chosen = np.sort(np.argpartition(impacts, -COMMON)[-COMMON:])
        docs, impacts = docs[chosen], impacts[chosen]
    return docs, impacts.astype(np.float32) / np.float32(SCALE)


def top(scores: Floats, size: int) -> NDArray[np.int64]:
    """Give the places of the highest scores, highest first; ties in the order of their documents.

    >>> top(np.array([0.1, 0.5, 0.3, 0.5], np.float32), 2).tolist()
    [1, 3]
    """
    if len(scores) > size:
        least = np.partition(scores, -size)[-size]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")]
