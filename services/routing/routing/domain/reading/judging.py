"""How good a reader is: measured on what came later than all it learned from."""

from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from routing.domain.reading.learning import Corpus
from routing.domain.reading.model import Model

PRECISION: Final = 0.95
BINS: Final = 15
_TOP: Final = 3

Shares: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Marks:
    """What a reader achieved on some texts.

    `coverage_at_95` is the largest share of them that can be taken at once, the surest first, with 95 of 100 right;
    `calibration_error` is how far confidence and truth lie apart on average, in fifteen steps of confidence.
    """

    texts: int
    accuracy: float
    macro_f1: float
    top3: float
    coverage_at_95: float
    calibration_error: float

    def plain(self) -> dict[str, Any]:
        """Round for people."""
        return {name: round(value, 4) for name, value in asdict(self).items()}

    def is_worse_than(self, other: "Marks") -> bool:
        """Tell whether another is more often right, over all texts or over the labels, however rare.

        >>> Marks(9, 0.8, 0.7, 1, 1, 0).is_worse_than(Marks(9, 0.8, 0.7, 1, 1, 0))
        False
        >>> Marks(9, 0.9, 0.6, 1, 1, 0).is_worse_than(Marks(9, 0.8, 0.7, 1, 1, 0))
        True
        """
        return self.accuracy < other.accuracy or self.macro_f1 < other.macro_f1


def predict(model: Model, corpus: Corpus) -> Shares:
    """Tell how likely each label of the model is for each text.

    >>> from routing.domain.reading.learning import Example, gather, learn
    >>> said = [Example("pothole", "road"), Example("dead dog", "animal")]
    >>> predict(learn(said), gather(said, ("animal", "road"))).argmax(axis=1).tolist()
    [1, 0]
    """
    shares = np.empty((len(corpus), len(model.labels)))
    for place in range(len(corpus)):
        shares[place] = model.probabilities(corpus.text(place))
    return shares


def judge(shares: Shares, meant: Ints) -> Marks:
    """Compare what was read with what was meant; -1 is a label the reader has never heard of, which it gets wrong.

    >>> marks = judge(np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.3, 0.7]]), np.array([0, 0, 1, 0]))
    >>> marks.accuracy, round(marks.macro_f1, 3), marks.top3, marks.coverage_at_95
    (0.75, 0.733, 1.0, 0.5)
    """
    read, sure = shares.argmax(axis=1), shares.max(axis=1)
    right = read == meant
    ranked = np.argsort(-shares, axis=1, kind="stable")[:, :_TOP]
    return Marks(
        texts=len(meant),
        accuracy=float(right.mean()),
        macro_f1=_macro_f1(read, meant),
        top3=float((ranked == meant[:, None]).any(axis=1).mean()),
        coverage_at_95=_coverage(sure, right)[0],
        calibration_error=_calibration_error(sure, right),
    )


def _macro_f1(read: Ints, meant: Ints) -> float:
    """Average over every label that was meant or read."""
    scores = []
    for label in np.union1d(read, meant):
        both = ((read == label) & (meant == label)).sum()
        scores.append(2 * both / ((read == label).sum() + (meant == label).sum()))
    return float(np.mean(scores))


def _coverage(sure: Shares, right: NDArray[np.bool_]) -> tuple[float, float]:
    """Find the largest share that is right often enough, and the confidence it begins at (above 1 when there is none).

    Texts of one confidence are taken together or not at all.
    """
    order = np.argsort(-sure, kind="stable")
    precise = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ends = np.append(sure[order][1:] < sure[order][:-1], [True])
    good = np.flatnonzero(ends & (precise >= PRECISION))
    return (float((good[-1] + 1) / len(order)), float(sure[order][good[-1]])) if len(good) else (0.0, 1.01)


def threshold(shares: Shares, meant: Ints) -> float:
    """Find the confidence above which 95 of 100 readings are right; above 1 when there is none.

    >>> threshold(np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]]), np.array([0, 0, 1]))
    0.8
    >>> threshold(np.array([[0.9, 0.1]]), np.array([1]))
    1.01
    """
    return _coverage(shares.max(axis=1), shares.argmax(axis=1) == meant)[1]


def above(shares: Shares, meant: Ints, least: float) -> tuple[float, float | None]:
    """Tell which share of texts is read with at least this confidence, and how many of those rightly.

    >>> above(np.array([[0.9, 0.1], [0.6, 0.4]]), np.array([0, 1]), 0.8)
    (0.5, 1.0)
    """
    taken = shares.max(axis=1) >= least
    right = (shares.argmax(axis=1) == meant)[taken]
    return float(taken.mean()), float(right.mean()) if len(right) else None


def _calibration_error(sure: Shares, right: NDArray[np.bool_]) -> float:
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    parts = [(bins == one) for one in np.unique(bins)]
    return float(sum(part.sum() * abs(right[part].mean() - sure[part].mean()) for part in parts) / len(sure))
