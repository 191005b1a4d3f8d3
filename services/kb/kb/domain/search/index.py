"""The index of one language: documents go in by their fields, and come out best first (BM25 over fields)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from kb.domain.search.asking import Concept, Reader
from kb.domain.search.postings import SCALE, Docs, Postings
from kb.domain.search.spelling import Spelling
from kb.domain.search.synonyms import Synonyms
from kb.domain.search.words import SMALL, stem, tokens

Floats: TypeAlias = NDArray[np.float32]

SATURATION: Final = 1.2
COMMON: Final = 4_000
"""A term in more documents than this is looked up only in those that hold a rarer one, or where it says most."""
_COVERED: Final = 0.5
"""How much worse it is to have only some of what was asked for."""
CHUNK: Final = 64


class _Weight(NamedTuple):
    boost: float
    usual: float
    """Words that such a field usually has: fixed, so that a document's scores never depend on its neighbours."""
    leaning: float


class Fields(NamedTuple):
    """A document's texts, what weighs most first."""

    title: str
    keywords: str = ""
    summary: str = ""
    body: str = ""


WEIGHTS: Final = (_Weight(6.0, 6, 0.3), _Weight(3.0, 8, 0.3), _Weight(3.0, 15, 0.4), _Weight(1.0, 120, 0.6))
"""Of title, keywords, summary and body."""


class Hit(NamedTuple):
    """A document found. `covered` is the share, 0 to 1, of what was asked for that it holds."""

    key: str
    score: float
    covered: float


class Found(NamedTuple):
    """What was found, best first; `known` is the share of what was asked for that any document holds."""

    hits: tuple[Hit, ...]
    known: float


class Index:
    """Documents of one language by key; an added one is found after `seal`."""

    def __init__(self, language: str, synonyms: Synonyms | None = None) -> None:
        self.language = language
        self._terms: dict[str, int] = {}
        self._words: set[str] = set()
        self._spelling, self._postings = Spelling(), Postings()
        self._reader = Reader(language, synonyms or Synonyms((), language), self._spelling, self._terms)
        self._keys: list[str] = []
        self._numbers: dict[str, int] = {}
        self._alive = np.zeros(0, np.bool_)
        self._fresh: tuple[list[int], list[int], list[float]] = ([], [], [])
        self._score, self._worth = np.zeros(0, np.float32), np.zeros(0, np.float32)
        self._covered = np.zeros(0, np.float32)

    def __len__(self) -> int:
        """How many documents can be found."""
        return len(self._numbers)

    # --- putting in ------------------------------------------------------------------------------------------------

    def put(self, key: str, fields: Fields) -> None:
        """Put a document in, in place of what its key held before."""
        self.remove(key)
        number = len(self._keys)
        self._keys.append(key)
        self._numbers[key] = number
        terms, docs, impacts = self._fresh
        for term, weight in self._weigh(fields).items():
            terms.append(self._terms.setdefault(term, len(self._terms)))
            docs.append(number)
            impacts.append(weight / (SATURATION + weight))

    def remove(self, key: str) -> None:
        """Take a document out; it is found no more from now on."""
        number = self._numbers.pop(key, None)
        if number is not None and number < len(self._alive):
            self._alive[number] = False

    def seal(self) -> None:
        """Let what was put in be found."""
        terms, docs, impacts = self._fresh
        if terms:
            self._postings.add(terms, docs, impacts, len(self._terms))
            self._fresh = ([], [], [])
        self._alive = np.zeros(len(self._keys), np.bool_)
        self._alive[list(self._numbers.values())] = True
        self._postings.tidy(self._alive, len(self._terms))
        self._spelling.seal()
        self._score, self._worth, self._covered = (np.zeros(len(self._keys), np.float32) for _ in range(3))

    def _weigh(self, fields: Fields) -> Mapping[str, float]:
        weighed: defaultdict[str, float] = defaultdict(float)
        small = SMALL.get(self.language, frozenset())
        for text, (boost, usual, leaning) in zip(fields, WEIGHTS, strict=True):
            words = [word for word in tokens(text) if word not in small]
            unit = boost / (1 - leaning + leaning * len(words) / usual)
            for word, count in Counter(words).items():
                weighed[stem(word, self.language)] += unit * count
            self._spelling.add(word for word in set(words) if word not in self._words)
            self._words.update(words)
        return weighed

    # --- finding ---------------------------------------------------------------------------------------------------

    def find(self, text: str, limit: int, keep: Callable[[str], bool] = lambda _key: True) -> Found:
        """Find the documents that answer best, of those that may be shown.

        >>> index = Index("en")
        >>> index.put("sofa", Fields("Old furniture", "sofa mattress", "We pick it up at the curb"))
        >>> index.put("tree", Fields("Trees", "branch", "A fallen tree is taken away"))
        >>> index.seal()
        >>> [hit.key for hit in index.find("pick up my matress", 3).hits], index.find("zebra", 3).hits
        (['sofa'], ())
        """
        concepts = self._reader.read(text)
        weights = [self._rarity(concept) for concept in concepts]
        asked = sum(weights)
        known = sum(w for w, concept in zip(weights, concepts, strict=True) if concept.ways)
        if not known or not len(self._alive):
            return Found((), 0.0)
        touched = self._add_up(sorted(zip(weights, concepts, strict=True), key=lambda pair: -pair[0]))
        score, covered = self._score[touched] / asked, np.minimum(self._covered[touched] / asked, 1.0)
        self._score[touched] = self._covered[touched] = 0.0
        final = np.where(self._alive[touched], score * covered**_COVERED, 0.0)
        return Found(tuple(self._best(touched, final, covered, limit, keep)), known / asked)

    def known_words(self, text: str) -> list[str]:
        """Name the words of a text that this index knows: what an editor may read of a question."""
        return [word for word in tokens(text) if word in self._words and word not in SMALL.get(self.language, ())]

    @property
    def size(self) -> int:
        """Bytes of the postings."""
        return self._postings.size

    def _rarity(self, concept: Concept) -> float:
        """Weigh a concept by how few documents hold it; one that nobody holds weighs as much as the rarest."""
        total = len(self._keys)
        held = max((min(int(self._postings.count[t]) for t in terms) for terms, _ in concept.ways), default=0)
        return concept.weight * float(np.log1p((total - held + 0.5) / (held + 0.5)))

    def _add_up(self, concepts: Sequence[tuple[float, Concept]]) -> Docs:
        """Add the concepts up, rarest first; returns the documents that hold any."""
        touched = np.zeros(0, np.int32)
        for weight, concept in concepts:
            held: list[Docs] = []
            for terms, worth in concept.ways:
                docs, values = self._all_of(terms, touched)
                self._worth[docs] = np.maximum(self._worth[docs], values * np.float32(worth))
                held.append(docs)
            if not held:
                continue
            docs = np.unique(np.concatenate(held)) if len(held) > 1 else held[0]
            found = self._worth[docs]
            self._worth[docs] = 0.0
            self._score[docs] += weight * found
            self._covered[docs] += weight * np.where(found > 0, 1.0, 0.0).astype(np.float32)
            touched = np.union1d(touched, docs).astype(np.int32) if len(touched) else docs
        return touched

    def _all_of(self, terms: Sequence[int], touched: Docs) -> tuple[Docs, Floats]:
        """Give the documents that hold all the terms, with the least of their impacts."""
        docs, values = self._of(terms[0], touched)
        for term in terms[1:]:
            others, more = self._of(term, touched)
            docs, left, right = np.intersect1d(docs, others, assume_unique=True, return_indices=True)
            values = np.minimum(values[left], more[right])
        return docs, values

    def _of(self, term: int, touched: Docs) -> tuple[Docs, Floats]:
        docs, impacts = self._postings.of(term)
        if len(docs) > COMMON:
            if len(touched):
                places = np.minimum(np.searchsorted(docs, touched), len(docs) - 1)
                chosen = places[docs[places] == touched]
            else:
                chosen = np.sort(np.argpartition(impacts, -COMMON)[-COMMON:])
            docs, impacts = docs[chosen], impacts[chosen]
        return docs, impacts.astype(np.float32) / np.float32(SCALE)

    def _best(
        self, docs: Docs, scores: Floats, covered: Floats, limit: int, keep: Callable[[str], bool]
    ) -> Iterable[Hit]:
        """Give the best that may be shown, looked through from the top in chunks."""
        taken, size = 0, max(CHUNK, 2 * limit)
        while True:
            order = _top(scores, size)
            for place in order[taken:].tolist():
                if scores[place] <= 0 or limit == 0:
                    return
                key = self._keys[docs[place]]
                if keep(key):
                    limit -= 1
                    yield Hit(key, float(scores[place]), float(covered[place]))
            if len(order) == len(docs):
                return
            taken, size = len(order), size * 8


def _top(scores: Floats, size: int) -> NDArray[np.int64]:
    """Give the places of the highest scores, highest first; ties in the order of their documents."""
    if len(scores) > size:
        least = np.partition(scores, -size)[-size]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.argsort(-scores[places], kind="stable")]
