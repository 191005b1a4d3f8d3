"""Which documents hold a term, and how much it says there: sorted arrays, five bytes a posting."""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Docs: TypeAlias = NDArray[np.int32]
Impacts: TypeAlias = NDArray[np.uint8]
MOST_SEGMENTS: Final = 8
SCALE: Final = 255.0


class Segment(NamedTuple):
    """Postings sorted by term, then document; `starts[term]` is where a term's begin."""

    starts: NDArray[np.int64]
    docs: Docs
    impacts: Impacts

    def of(self, term: int) -> tuple[Docs, Impacts]:
        """Give a term's documents and impacts."""
        if term + 1 >= len(self.starts):
            return self.docs[:0], self.impacts[:0]
        begin, end = int(self.starts[term]), int(self.starts[term + 1])
        return self.docs[begin:end], self.impacts[begin:end]


class Postings:
    """Segments in the order of their documents; many small ones become one."""

    def __init__(self) -> None:
        self._segments: list[Segment] = []
        self.count: NDArray[np.int32] = np.zeros(0, np.int32)
        """How many documents hold each term."""

    def add(self, terms: Sequence[int], docs: Sequence[int], impacts: Sequence[float], vocabulary: int) -> None:
        """Add the postings of new documents, whose numbers are higher than those before."""
        made = _sorted(
            np.asarray(terms, np.int32),
            np.asarray(docs, np.int32),
            np.rint(np.asarray(impacts, np.float32) * SCALE).astype(np.uint8),
            vocabulary,
        )
        self._segments.append(made)
        self._recount(vocabulary)

    def tidy(self, alive: NDArray[np.bool_], vocabulary: int) -> None:
        """Make one segment of many, without documents that are no longer there."""
        if len(self._segments) <= MOST_SEGMENTS:
            return
        terms = np.concatenate([_terms(segment) for segment in self._segments])
        docs = np.concatenate([segment.docs for segment in self._segments])
        impacts = np.concatenate([segment.impacts for segment in self._segments])
        kept = alive[docs]
        self._segments = [_sorted(terms[kept], docs[kept], impacts[kept], vocabulary)]
        self._recount(vocabulary)

    def of(self, term: int) -> tuple[Docs, Impacts]:
        """Give a term's documents, in ascending order, with its impact in each."""
        found = [pair for segment in self._segments if len((pair := segment.of(term))[0])]
        if len(found) == 1:
            return found[0]
        if not found:
            return np.zeros(0, np.int32), np.zeros(0, np.uint8)
        return np.concatenate([docs for docs, _ in found]), np.concatenate([impacts for _, impacts in found])

    @property
    def size(self) -> int:
        """Bytes of all arrays."""
        return sum(part.nbytes for segment in self._segments for part in segment)

    def _recount(self, vocabulary: int) -> None:
        count = np.zeros(vocabulary, np.int32)
        for segment in self._segments:
            held = np.diff(segment.starts)
            count[: len(held)] += held.astype(np.int32)
        self.count = count


def _sorted(terms: NDArray[np.int32], docs: Docs, impacts: Impacts, vocabulary: int) -> Segment:
    order = np.argsort(terms, kind="stable")
    starts = np.searchsorted(terms[order], np.arange(vocabulary + 1))
    return Segment(starts, docs[order], impacts[order])


def _terms(segment: Segment) -> NDArray[np.int32]:
    return np.repeat(np.arange(len(segment.starts) - 1, dtype=np.int32), np.diff(segment.starts))
