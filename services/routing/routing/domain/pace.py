"""How often strangers may ask: a bucket of calls for each address, which fills again by the second."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

MOST: Final = 60
"""Calls that may come at once, and how many more each minute."""
_ADDRESSES: Final = 10_000


@dataclass(slots=True)
class Pace:
    """The calls of each address lately; those not heard of longest are forgotten when there are too many."""

    calls: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def wait(self, address: str, now: datetime) -> int:
        """Count a call; tell how many seconds the caller must wait before it, mostly none.

        >>> from datetime import UTC, timedelta
        >>> pace, now = Pace(), datetime(2026, 3, 2, tzinfo=UTC)
        >>> {pace.wait("10.0.0.1", now) for _ in range(60)}, pace.wait("10.0.0.1", now), pace.wait("10.0.0.2", now)
        ({0}, 1, 0)
        >>> pace.wait("10.0.0.1", now + timedelta(seconds=1))
        0
        """
        left, since = self.calls.pop(address, (float(MOST), now))
        left = min(float(MOST), left + (now - since).total_seconds() * MOST / 60)
        self.calls[address] = (left - 1 if left >= 1 else left, now)
        while len(self.calls) > _ADDRESSES:
            self.calls.pop(next(iter(self.calls)))
        return 0 if left >= 1 else 1
