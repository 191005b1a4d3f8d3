"""Leaving a neighbour alone that fails again and again, so that nobody waits for what will not come."""

from dataclasses import dataclass
from typing import Final

FAILURES: Final = 3
"""After so many in a row it is left alone,"""
REST_SECONDS: Final = 5.0
"""for so long; then one call tries whether it is well again."""


@dataclass(slots=True)
class Rest:
    """What is known of one neighbour; `now` is in seconds of any clock that only goes on.

    >>> rest = Rest()
    >>> for _ in range(FAILURES):
    ...     rest.ended(well=False, now=0.0)
    >>> rest.may_call(1.0), rest.may_call(6.0), rest.may_call(6.1)
    (False, True, False)
    >>> rest.ended(well=True, now=6.2)
    >>> rest.may_call(6.3)
    True
    """

    failures: int = 0
    until: float = 0.0

    def may_call(self, now: float) -> bool:
        """Tell whether it may be called; after a rest one call at a time may."""
        if self.failures < FAILURES:
            return True
        if now < self.until:
            return False
        self.until = now + REST_SECONDS
        return True

    def ended(self, *, well: bool, now: float) -> None:
        """Note how a call went."""
        self.failures = 0 if well else self.failures + 1
        if self.failures >= FAILURES:
            self.until = now + REST_SECONDS
