"""How the reader learns: one pass after another over what was said and what it turned out to mean."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from routing.domain.reading.features import BUCKETS, Features, Setting, features
from routing.domain.reading.model import Floats, Model, softmax, weigh

Say: TypeAlias = Callable[[str], None]
Ints: TypeAlias = NDArray[np.int64]

SEED: Final = 311
STEP: Final = 2.0
"""How far a mistake moves the weights at first; the steps shrink evenly to nothing."""
ROUNDS: Final = 3
FEW: Final = 10_000
"""With fewer examples than this every feature counts and more rounds are made; else those seen once are dropped."""
ROUNDS_OF_FEW: Final = 8
_EVEN: Final = 0.2
"""How far labels that are seldom meant are helped up: this share of what their rarity takes from them is given back."""
LATEST: Final = 10
"""The latest tenth of what was learned from says what is still asked for."""
_SPREAD: Final = 0.01
"""How fast the labels' own frequency is learned beside the words."""
_OFTEN: Final = 20_000
_TEMPERATURES: Final = np.linspace(0.3, 3.0, 109)


@dataclass(frozen=True, slots=True)
class Example:
    """What somebody said, and what it turned out to mean."""

    text: str
    label: str
    setting: Setting | None = None


def quiet(_line: str) -> None:
    """Say nothing."""


@dataclass(slots=True)
class Corpus:
    """Texts as numbers, end to end in one array, with their labels: a quarter of a million texts take 250 MB."""

    labels: tuple[str, ...]
    flat: Features
    ends: Ints
    meant: Ints

    def __len__(self) -> int:
        return len(self.ends)

    def text(self, place: int) -> Features:
        """Give the features of one text."""
        return self.flat[self.ends[place - 1] if place else 0 : self.ends[place]]

    def part(self, first: int, beyond: int) -> "Corpus":
        """Give the texts from one place to another, without copying them."""
        start = int(self.ends[first - 1]) if first else 0
        return Corpus(self.labels, self.flat[start:], self.ends[first:beyond] - start, self.meant[first:beyond])


@dataclass(slots=True)
class _Growing:
    flat: Features = field(default_factory=lambda: np.empty(1 << 16, dtype=np.int32))
    used: int = 0

    def add(self, found: Features) -> int:
        while self.used + len(found) > len(self.flat):
            self.flat = np.concatenate([self.flat, np.empty(len(self.flat) // 2, dtype=np.int32)])
        self.flat[self.used : self.used + len(found)] = found
        self.used += len(found)
        return self.used


def gather(examples: Iterable[Example], labels: Sequence[str], say: Say = quiet) -> Corpus:
    """Turn the texts of examples into numbers; a label that is not among the labels becomes -1.

    >>> gather([Example("pothole", "road"), Example("lion", "circus")], ("road",)).meant.tolist()
    [0, -1]
    """
    places = {label: place for place, label in enumerate(labels)}
    growing, ends, meant = _Growing(), list[int](), list[int]()
    for example in examples:
        ends.append(growing.add(features(example.text, example.setting)))
        meant.append(places.get(example.label, -1))
        if len(ends) % _OFTEN == 0:
            say(f"{len(ends):,} texts numbered")
    return Corpus(tuple(labels), growing.flat[: growing.used], np.array(ends, np.int64), np.array(meant, np.int64))


def learn(examples: Sequence[Example], say: Say = quiet) -> Model:
    """Learn from examples alone, without holding any back to learn how far to trust it: for the phrases of a catalog.

    >>> learn([Example("pothole", "road"), Example("dead dog", "animal")]).labels
    ('animal', 'road')
    """
    labels = sorted({example.label for example in examples})
    return fit(gather(examples, labels, say), say)


def fit(corpus: Corpus, say: Say = quiet, dated_from: int | None = None) -> Model:
    """Learn the weights; the same examples in the same order give the same model.

    Texts from the place `dated_from` on are in the order of time: what was given up since is hardly read any more.

    This is multinomial logistic regression by stochastic steps, written out because nothing but NumPy is then needed
    where the model is used, and because it is as quick as a library's here.

    >>> said = [Example("pothole", "road"), Example("dead dog", "animal")]
    >>> fit(gather(said, ("animal", "road"))).read("a dog")[0].label
    'animal'
    """
    is_small = len(corpus) < FEW
    buckets, rarity = _known(corpus, 1 if is_small else 2)
    corpus = _among(corpus, buckets)
    weights = np.zeros((len(buckets), len(corpus.labels)), dtype=np.float32)
    bias = np.zeros(len(corpus.labels), dtype=np.float32)
    rounds = ROUNDS_OF_FEW if is_small else ROUNDS
    for done, (place, step) in enumerate(_steps(len(corpus), rounds)):
        found = corpus.text(place)
        worth, rows = weigh(rarity[found]), weights[found]
        wrong = softmax(worth @ rows + bias)
        wrong[corpus.meant[place]] -= 1
        weights[found] = rows - np.outer(step * worth, wrong)
        bias -= np.float32(_SPREAD) * step * wrong
        if done % _OFTEN == _OFTEN - 1:
            say(f"{done + 1:,} of {rounds * len(corpus):,} steps learned")
    bias = bias - np.float32(_EVEN) * _usual(corpus)
    if dated_from is not None:
        bias = bias + given_up(corpus.meant[dated_from:], len(corpus.labels))
    return Model(corpus.labels, buckets, rarity, weights.astype(np.float16), bias)


def given_up(meant: Ints, labels: int) -> Floats:
    """Tell by how much less readily each label is read because nobody has meant it lately, as a logarithm.

    A city gives up a type, and old requests go on teaching it. What was meant in the latest tenth counts in full, and
    so does what was always so rare that its absence says little:

    >>> meant = [0] * 500 + [1, 2] * 250
    >>> [round(float(less), 1) for less in given_up(np.array(meant), 3)]
    [-3.9, 0.0, 0.0]
    """
    late = np.bincount(meant[len(meant) - len(meant) // LATEST :], minlength=labels)
    expected = np.bincount(meant, minlength=labels) / LATEST
    return np.where(late == 0, -np.log1p(expected), 0.0).astype(np.float32)


def _usual(corpus: Corpus) -> Floats:
    """Tell how usual each label is, as the logarithm of its share."""
    meant = np.bincount(corpus.meant, minlength=len(corpus.labels))
    return np.log((1 + meant) / (1 + len(corpus))).astype(np.float32)


def _steps(texts: int, rounds: int) -> Iterator[tuple[int, np.float32]]:
    shuffled = np.random.default_rng(SEED)
    places = (int(place) for _ in range(rounds) for place in shuffled.permutation(texts))
    for done, place in enumerate(places):
        yield place, np.float32(STEP * (1 - done / (rounds * texts)))


def _known(corpus: Corpus, least: int) -> tuple[NDArray[np.int32], Floats]:
    """Choose the features that enough texts have, and how rare each is."""
    seen = np.bincount(corpus.flat[: corpus.ends[-1]], minlength=BUCKETS)
    buckets = np.flatnonzero(seen >= least).astype(np.int32)
    return buckets, (np.log((1 + len(corpus)) / (1 + seen[buckets])) + 1).astype(np.float32)


def _among(corpus: Corpus, buckets: NDArray[np.int32]) -> Corpus:
    """Name features by their places among those that are known, and drop the others."""
    flat = corpus.flat[: corpus.ends[-1]]
    places = np.full(BUCKETS, -1, dtype=np.int32)
    places[buckets] = np.arange(len(buckets), dtype=np.int32)
    named = places[flat]
    kept = named >= 0
    return Corpus(corpus.labels, named[kept], np.append(0, np.cumsum(kept))[corpus.ends], corpus.meant)


def trust(model: Model, later: Corpus) -> float:
    """Find the temperature at which the model's confidence fits what came later: its likelihood is greatest there.

    Who is always wrong is not to be trusted, who is always right may be trusted more:

    >>> said = [Example("pothole", "road"), Example("dead dog", "animal")] * 5
    >>> model = learn(said)
    >>> wrong = [Example("pothole", "animal"), Example("dead dog", "road")]
    >>> trust(model, gather(said, model.labels)) < 1 < trust(model, gather(wrong, model.labels))
    True
    """
    known = np.flatnonzero(later.meant >= 0)
    scores = np.array([model.scores(later.text(int(place))) for place in known], dtype=np.float64)
    if not len(known):
        return 1.0
    losses = [_loss(scores / temperature, later.meant[known]) for temperature in _TEMPERATURES]
    return float(_TEMPERATURES[int(np.argmin(losses))])


def _loss(scores: NDArray[np.float64], meant: Ints) -> float:
    highest = scores.max(axis=1)
    spread = highest + np.log(np.exp(scores - highest[:, None]).sum(axis=1))
    return float(np.mean(spread - scores[np.arange(len(meant)), meant]))
