"""The index of one language: documents go in by their fields, and come out best first (BM25 over fields)."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, NamedTuple

import numpy as np

from kb.domain.search.asking import Reader
from kb.domain.search.choosing import top
from kb.domain.search.nearness import Meaning, Ranked, Vectors, nearer
from kb.domain.search.postings import Fresh, Postings
from kb.domain.search.scoring import Sealed
from kb.domain.search.spelling import Spelling
from kb.domain.search.synonyms import Synonyms
from kb.domain.search.words import SMALL, stem, tokens

SATURATION: Final = 2.0
_COVERED: Final = 0.25
"""How much worse it is to have only some of what was asked for."""
CHUNK: Final = 64
NO_TERM: Final = -1
SAID: Final = 200
"""Letters of a body that stand for a summary where there is none."""


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
    """A document found. `covered` is the share, 0 to 1, of what was asked for that it holds.

    `words` is the part of its score that shared words gave; the rest is nearness of meaning.
    """

    key: str
    score: float
    covered: float
    words: float


class Found(NamedTuple):
    """What was found, best first; `known` is the share of what was asked for that any document holds."""

    hits: tuple[Hit, ...]
    known: float


class _Terms(dict[str, int]):
    """The number of each word's term, found out when the word is first met; small words have none."""

    def __init__(self, language: str, spelling: Spelling) -> None:
        self._language, self._spelling = language, spelling
        self._small = SMALL.get(language, frozenset())
        self.by_stem: dict[str, int] = {}

    def __missing__(self, word: str) -> int:
        """Meet a word."""
        number = NO_TERM
        if word not in self._small:
            number = self.by_stem.setdefault(stem(word, self._language), len(self.by_stem))
            self._spelling.add([word])
        self[word] = number
        return number


class Index:
    """Documents of one language by key; an added one is found after `seal`, which may run beside searches."""

    def __init__(self, language: str, synonyms: Synonyms | None = None, meaning: Meaning | None = None) -> None:
        self.language, self._meaning = language, meaning
        self._spelling = Spelling()
        self._terms = _Terms(language, self._spelling)
        self._reader = Reader(language, synonyms or Synonyms((), language), self._spelling, self._known)
        self._keys: list[str] = []
        self._numbers: dict[str, int] = {}
        self._fresh, self._said = Fresh(), list[tuple[str, str]]()
        self._sealed = Sealed.of(Postings(), np.zeros(0, np.bool_))

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
        self._fresh.put(number, self._weigh(fields))
        self._said.append((fields.title, fields.summary or fields.body[:SAID]))

    def remove(self, key: str) -> None:
        """Take a document out; it is found no more from now on."""
        number = self._numbers.pop(key, None)
        if number is not None and number < len(self._sealed.alive):
            self._sealed.alive[number] = False

    def seal(self) -> None:
        """Let what was put in be found."""
        postings, vocabulary = self._sealed.postings, len(self._terms.by_stem)
        if len(self._fresh):
            postings = postings.added(self._fresh, vocabulary)
            self._fresh = Fresh()
        alive = np.zeros(len(self._keys), np.bool_)
        alive[list(self._numbers.values())] = True
        self._spelling.seal()
        vectors = self._with_fresh(self._sealed.vectors)
        self._sealed = Sealed.of(postings.tidied(alive, vocabulary), alive, vectors)

    def _with_fresh(self, vectors: Vectors | None) -> Vectors | None:
        said, self._said = self._said, []
        if self._meaning is None or len(self._keys) > self._meaning.most:
            return None
        if not said:
            return vectors
        fresh = Vectors.of(self._meaning.of_documents(*map(list, zip(*said, strict=True))))
        return fresh if vectors is None else vectors.followed_by(fresh)

    def _weigh(self, fields: Fields) -> dict[int, float]:
        weighed: dict[int, float] = {}
        for text, (boost, usual, leaning) in zip(fields, WEIGHTS, strict=True):
            counts = Counter(map(self._terms.__getitem__, tokens(text)))
            counts.pop(NO_TERM, None)
            unit = boost / (1 - leaning + leaning * counts.total() / usual)
            for term, count in counts.items():
                weighed[term] = weighed.get(term, 0.0) + unit * count
        return {term: weight / (SATURATION + weight) for term, weight in weighed.items()}

    def _known(self, stemmed: str) -> int | None:
        """Give a stem's term, unless it is too new to be found."""
        term = self._terms.by_stem.get(stemmed)
        return term if term is not None and term < len(self._sealed.postings.count) else None

    # --- finding ---------------------------------------------------------------------------------------------------

    def find(
        self, text: str, limit: int, keep: Callable[[str], bool] = lambda _key: True, *, by_meaning: bool = True
    ) -> Found:
        """Find the documents that answer best, of those that may be shown; without `by_meaning` by their words alone.

        >>> index = Index("en")
        >>> index.put("sofa", Fields("Old furniture", "sofa mattress", "We pick it up at the curb"))
        >>> index.put("tree", Fields("Trees", "branch", "A fallen tree is taken away"))
        >>> index.seal()
        >>> [hit.key for hit in index.find("pick up my matress", 3).hits], index.find("zebra", 3).hits
        (['sofa'], ())
        """
        concepts, sealed = self._reader.read(text), self._sealed
        weights = [sealed.rarity(concept) for concept in concepts]
        asked = sum(weights)
        known = sum(w for w, concept in zip(weights, concepts, strict=True) if concept.ways)
        if not len(sealed.alive) or not asked:
            return Found((), 0.0)
        touched = sealed.add_up(list(zip(weights, concepts, strict=True)))
        score, covered = sealed.score[touched] / asked, np.minimum(sealed.covered[touched] / asked, 1.0)
        sealed.score[touched] = sealed.covered[touched] = 0.0
        final = np.where(sealed.alive[touched], score * covered**_COVERED, 0.0)
        ranked = Ranked(touched, final, final, covered)
        if self._meaning is not None and sealed.vectors is not None and by_meaning:
            ranked = nearer(ranked, sealed.alive, sealed.vectors, partial(self._meaning.asked, text))
        return Found(tuple(self._best(ranked, limit, keep)), known / asked)

    def known_words(self, text: str) -> list[str]:
        """Name the words of a text that this index knows: what an editor may read of a question."""
        return [word for word in tokens(text) if self._terms.get(word, NO_TERM) != NO_TERM]

    @property
    def size(self) -> int:
        """Bytes of the postings."""
        return self._sealed.postings.size

    def _best(self, ranked: Ranked, limit: int, keep: Callable[[str], bool]) -> Iterable[Hit]:
        """Give the best that may be shown, looked through from the top in chunks."""
        docs, scores, words, covered = ranked
        taken, size = 0, max(CHUNK, 2 * limit)
        while True:
            order = top(scores, size)
            for place in order[taken:].tolist():
                if scores[place] <= 0 or limit == 0:
                    return
                key = self._keys[docs[place]]
                if keep(key):
                    limit -= 1
                    yield Hit(key, float(scores[place]), float(covered[place]), float(words[place]))
            if len(order) == len(docs):
                return
            taken, size = len(order), size * 8
