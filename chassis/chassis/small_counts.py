"""Counts that may be shown: none so small that it tells of one person, and none by which a small one is told."""

from collections.abc import Sequence
from typing import Final

FEWEST_SHOWN: Final = 5


def kept_back(counts: Sequence[int]) -> set[int]:
    """Say which counts are too small to be shown, and which one more, where they could be worked out from the rest.

    >>> kept_back([4, 30, 7]), kept_back([4, 3, 30]), kept_back([2, 2, 30]), kept_back([0, 30])
    ({0, 2}, {0, 1}, {0, 1, 2}, set())
    """
    hidden = {n for n, count in enumerate(counts) if 0 < count < FEWEST_SHOWN}
    others = sorted((n for n, count in enumerate(counts) if n not in hidden and count), key=counts.__getitem__)
    few = sum(counts[n] for n in hidden)
    return hidden | set(others[:1]) if hidden and (len(hidden) == 1 or few < FEWEST_SHOWN) else hidden
