"""Choosing the best of many scores."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]


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
