"""Leaving a target alone that fails again and again, so that it neither is flooded nor takes the room of others."""

from dataclasses import dataclass
from typing import Final

FAILURES: Final = 5
"""After so many in a row a target is left alone,"""
REST_SECONDS: Final = 30.0
"""for so long; then one call tries whether it is well again."""
AT_ONCE: Final = 4
"""Calls to one target on their way together."""
BUSY_SECONDS: Final = 1.0
MOST_TARGETS: Final = 10_000


@dataclass(slots=True)
class _Target:
    failures: int = 0
    in_flight: int = 0
    rests_until: float = 0.0


class Breakers:
    """What is known of targets; `now` is in seconds of any clock that only goes on.

    >>> breakers = Breakers()
    >>> for _ in range(FAILURES):
    ...     breakers.began("a"); breakers.ended("a", well=False, now=0.0)
    >>> breakers.pause("a", 1.0), breakers.pause("b", 1.0), breakers.pause("a", 31.0)
    (29.0, 0.0, 0.0)
    """

    def __init__(self) -> None:
        self._targets: dict[str, _Target] = {}

    def pause(self, name: str, now: float) -> float:
        """Tell for how many seconds a target is left alone; 0 when it may be called."""
        target = self._targets.get(name)
        if target is None:
            return 0.0
        if target.rests_until > now:
            return target.rests_until - now
        trying = target.failures >= FAILURES and target.in_flight
        return BUSY_SECONDS if trying or target.in_flight >= AT_ONCE else 0.0

    def began(self, name: str) -> None:
        """Note that a target is being called."""
        self._targets.setdefault(name, _Target()).in_flight += 1

    def ended(self, name: str, *, well: bool, now: float) -> None:
        """Note how a call went; a target that is well, and idle, is forgotten."""
        target = self._targets[name]
        target.in_flight -= 1
        target.failures = 0 if well else target.failures + 1
        if target.failures >= FAILURES:
            target.rests_until = now + REST_SECONDS
        if not target.in_flight and (well or len(self._targets) > MOST_TARGETS):
            del self._targets[name]
