"""How many messages are taken up at once: few enough that nobody is told late because others are told with them."""

from typing import Final

FEWEST: Final = 16
"""Messages in a batch, at least."""
WITHIN: Final = 0.2
"""Seconds that one batch should take."""


def next_batch(sent: int, seconds: float, most: int) -> int:
    """Choose how many messages to take up next, by how fast the last ones went.

    >>> next_batch(100, 0.5, 1000), next_batch(1000, 0.1, 1000), next_batch(400, 0.4, 1000)
    (40, 1000, 200)
    """
    return min(most, max(FEWEST, int(sent * WITHIN / max(seconds, 0.001))))
