"""Who waits behind whom: news for a crowd, and the same ending of very many requests, give way to everybody else's."""

from collections import Counter
from collections.abc import Hashable
from typing import Final

AT_ONCE: Final = 100
"""So many messages of one flow in one batch go with everybody's; what is more gives way."""
FIRST_AT_ONCE: Final = 30
"""So many first numbers of one batch go before all others; of very many at once the rest go with everybody's."""
FIRST, FRONT, BACK = -1, 0, 1
"""Who has just reported waits for a number, and hears it before others hear how theirs goes on."""


class Lanes:
    """Tells the lane of each message of one batch. A flow is one request's news, or one desk's endings; None a number.

    >>> lanes = Lanes()
    >>> [lanes.of("closed:parks") for _ in range(AT_ONCE + 2)][-3:], lanes.of("closed:police")
    ([0, 1, 1], 0)
    >>> [lanes.of(None) for _ in range(FIRST_AT_ONCE + 1)][-2:]
    [-1, 0]
    """

    def __init__(self) -> None:
        self._counts: Counter[Hashable] = Counter()

    def of(self, flow: Hashable) -> int:
        """Count one more message of a flow, and tell its lane."""
        self._counts[flow] += 1
        if flow is None:
            return FIRST if self._counts[flow] <= FIRST_AT_ONCE else FRONT
        return BACK if self._counts[flow] > AT_ONCE else FRONT
