"""Which documents hold a term, and how much it says there: sorted arrays, five bytes a posting."""

from array import array
from collections.abc import Mapping, Sequence
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
    """Segments in the order of their documents; many small ones become one. A value: adding makes another."""

    def __init__(self, segments: Sequence[Segment] = (), vocabulary: int = 0) -> None:
        self._segments = tuple(segments)
        self.count: NDArray[np.int32] = np.zeros(vocabulary, np.int32)
        """How many documents hold each term."""
        for segment in self._segments:
            held = np.diff(segment.starts)
            self.count[: len(held)] += held.astype(np.int32)

    def added(self, fresh: "Fresh", vocabulary: int) -> "Postings":
        """Add the postings of new documents, whose numbers are higher than those before."""
        return Postings((*self._segments, _sorted(*fresh.arrays(), vocabulary)), vocabulary)

    def tidied(self, alive: NDArray[np.bool_], vocabulary: int) -> "Postings":
        """Make one segment of many, without documents that are no longer there."""
        if len(self._segments) <= MOST_SEGMENTS:
            return self
        terms = np.concatenate([_terms(segment) for segment in self._segments])
        docs = np.concatenate([segment.docs for segment in self._segments])
        impacts = np.concatenate([segment.impacts for segment in self._segments])
        kept = alive[docs]
        return Postings([_sorted(terms[kept], docs[kept], impacts[kept], vocabulary)], vocabulary)

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


class Fresh:
    """Postings that wait to be sealed, nine bytes each."""

    def __init__(self) -> None:
        self._terms, self._docs, self._impacts = array("i"), array("i"), array("B")

    def __len__(self) -> int:
        """How many there are."""
        return len(self._terms)

    def put(self, doc: int, impacts: Mapping[int, float]) -> None:
        """Add a document's terms, with an impact from 0 to 1 in it."""
        self._terms.extend(impacts)
        self._docs.extend([doc] * len(impacts))
        self._impacts.extend([round(impact * SCALE) for impact in impacts.values()])

    def arrays(self) -> tuple[NDArray[np.int32], Docs, Impacts]:
        """Give terms, documents and impacts."""
        return (
            np.frombuffer(self._terms, np.int32),
            np.frombuffer(self._docs, np.int32),
            np.frombuffer(self._impacts, np.uint8),
        )


def _sorted(terms: NDArray[np.int32], docs: Docs, impacts: Impacts, vocabulary: int) -> Segment:
    order = np.argsort(terms, kind="stable")
    starts = np.searchsorted(terms[order], np.arange(vocabulary + 1))
    return Segment(starts, docs[order], impacts[order])


def _terms(segment: Segment) -> NDArray[np.int32]:
    return np.repeat(np.arange(len(segment.starts) - 1, dtype=np.int32), np.diff(segment.starts))
