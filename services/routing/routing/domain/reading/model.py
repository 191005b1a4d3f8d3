"""The reader's model: one weight for each feature and label, and how much to trust what they add up to."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from routing.domain.reading.features import BUCKETS, Features, Setting, features

Floats: TypeAlias = NDArray[np.float32]
FORMAT: Final = 1
"""Of the bytes, and of the features: a model of another format is not read."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What a text may mean, and how sure (0 to 1): of a hundred guesses of 0.9, about ninety are right."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A linear model. `buckets` are the features it knows, sorted; it holds numbers of words and never a word."""

    labels: tuple[str, ...]
    buckets: NDArray[np.int32]
    rarity: Floats
    weights: NDArray[np.float16]
    bias: Floats
    temperature: float = 1.0

    def read(self, text: str, setting: Setting | None = None) -> list[Guess]:
        """Rank every label by how likely a text means it.

        >>> from routing.domain.reading.learning import Example, learn
        >>> said = [Example("a hole in the road", "pothole"), Example("un bache en la calle", "pothole"),
        ...         Example("dead dog", "dead-animal"), Example("un perro muerto", "dead-animal")]
        >>> [guess.label for guess in learn(said).read("hay un bache grande")]
        ['pothole', 'dead-animal']
        """
        sure = self.probabilities(features(text, setting))
        return [Guess(self.labels[place], float(sure[place])) for place in np.argsort(-sure, kind="stable")]

    def probabilities(self, found: Features) -> Floats:
        """Tell how likely each label is."""
        return softmax(self.scores(found) / np.float32(self.temperature))

    def scores(self, found: Features) -> Floats:
        """Add up the weights of a text's features; rare ones count more, and long texts no more than short ones."""
        places = np.searchsorted(self.buckets, found)
        places[places == len(self.buckets)] = 0
        places = places[self.buckets[places] == found]
        worth = weigh(self.rarity[places])
        total: Floats = worth @ self.weights[places].astype(np.float32) + self.bias
        return total

    def to_bytes(self) -> bytes:
        """Write the model to be kept."""
        kept = io.BytesIO()
        facts = np.array([FORMAT, BUCKETS, self.temperature], dtype=np.float64)
        np.savez_compressed(kept, facts=facts, labels=np.array(self.labels), buckets=self.buckets, rarity=self.rarity,
                            weights=self.weights, bias=self.bias)  # fmt: skip
        return kept.getvalue()

    @classmethod
    def from_bytes(cls, kept: bytes) -> "Model":
        """Read a kept model; raises ValueError for one of another format, or none at all."""
        try:
            with np.load(io.BytesIO(kept), allow_pickle=False) as parts:
                facts = parts["facts"]
                if (facts[0], facts[1]) != (FORMAT, BUCKETS):
                    raise ValueError("This model is of another format; train it again.")
                labels = tuple(str(label) for label in parts["labels"])
                named = {name: parts[name] for name in ("buckets", "rarity", "weights", "bias")}
                return cls(labels, **named, temperature=float(facts[2]))
        except (KeyError, OSError, zipfile.BadZipFile) as error:
            raise ValueError("These bytes are no model; train it again.") from error


def weigh(rarity: Floats) -> Floats:
    """Weigh the features of one text to length one.

    >>> weigh(np.array([3, 4], dtype=np.float32)).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    length = np.sqrt(np.dot(rarity, rarity))
    weighed: Floats = rarity / length if length else rarity
    return weighed


def softmax(scores: Floats) -> Floats:
    """Turn scores into shares of one.

    >>> softmax(np.array([1, 1], dtype=np.float32)).tolist()
    [0.5, 0.5]
    """
    raised: Floats = np.exp(scores - scores.max())
    shares: Floats = raised / raised.sum()
    return shares


def best(guesses: Sequence[Guess], most: int = 3, least: float = 0.0) -> list[Guess]:
    """Take the first few guesses that are sure enough to be shown.

    >>> best([Guess("a", 0.7), Guess("b", 0.2), Guess("c", 0.1)], least=0.15)
    [Guess(label='a', confidence=0.7), Guess(label='b', confidence=0.2)]
    """
    return [guess for guess in guesses[:most] if guess.confidence >= least]
