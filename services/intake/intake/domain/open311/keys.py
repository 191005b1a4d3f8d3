"""API keys of Open311 clients: kept as a hash only, each with its own rate."""

from datetime import datetime
from hashlib import sha256


def key_hash(key: str) -> str:
    """Say what is kept of a key; the key itself is shown once and never stored.

    >>> key_hash("a") == key_hash(" a "), len(key_hash("a"))
    (True, 64)
    """
    return sha256(key.strip().encode()).hexdigest()


def minute_of(now: datetime) -> datetime:
    """Say in which minute a use counts.

    >>> minute_of(datetime(2026, 3, 2, 17, 0, 59)).second
    0
    """
    return now.replace(second=0, microsecond=0)


def within_rate(used: int, asked: int, place: int, rate: int) -> bool:
    """Tell whether a use is within the key's rate: `used` counts this batch's `asked` already; `place` is from 0.

    >>> [within_rate(used=4, asked=3, place=n, rate=2) for n in range(3)]
    [True, False, False]
    """
    return used - asked + place < rate
