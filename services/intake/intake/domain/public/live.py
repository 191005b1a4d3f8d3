"""Following changes as they happen: what was read, and what a transaction still under way may yet bring."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

LAST: Final = 2**62
PATIENCE: Final = 30.0
"""Seconds until a number nobody committed is given up: whoever drew it has failed."""
SEEN_BEFORE: Final = 1000
"""So far behind the newest number somebody may be under way when listening begins."""
HEARTBEAT_SECONDS: Final = 15.0
LASTS_SECONDS: Final = 3600.0
RETRY_MS: Final = 3000


@dataclass
class Reading:
    """Numbered rows as they are committed, which is not quite in the order of their numbers.

    >>> reading = Reading(10)
    >>> reading.note([11, 14], 0.0)
    >>> reading.ranges()
    [(12, 13), (15, 4611686018427387904)]
    >>> reading.note([12], 1.0)
    >>> reading.ranges()[0]
    (13, 13)
    >>> reading.note([], PATIENCE + 1)
    >>> reading.ranges()
    [(15, 4611686018427387904)]
    """

    newest: int
    open: list[tuple[int, int, float]] = field(default_factory=list)

    def ranges(self) -> list[tuple[int, int]]:
        """List the ranges of numbers that may still come."""
        return [*((low, high) for low, high, _ in self.open), (self.newest + 1, LAST)]

    def note(self, numbers: Sequence[int], now: float) -> None:
        """Take in what was read, in rising order."""
        left = [
            (*part, since)
            for low, high, since in self.open
            if now - since < PATIENCE
            for part in between(low, high, numbers)
        ]
        if numbers and numbers[-1] > self.newest:
            left += [(*part, now) for part in between(self.newest + 1, numbers[-1], numbers)]
            self.newest = numbers[-1]
        self.open = left


def between(low: int, high: int, numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Cut numbers, in rising order, out of a range.

    >>> list(between(1, 9, [0, 3, 4, 9, 12]))
    [(1, 2), (5, 8)]
    """
    for one in numbers[bisect_left(numbers, low) : bisect_right(numbers, high)]:
        if low < one:
            yield low, one - 1
        low = one + 1
    if low <= high:
        yield low, high


def event(name: str, data: Any, number: int | None = None) -> bytes:
    r"""Write one event of a stream.

    >>> event("change", {"kind": "closed"}, 7)
    b'id: 7\nevent: change\ndata: {"kind":"closed"}\n\n'
    """
    named = b"id: %d\n" % number if number is not None else b""
    return b"%sevent: %s\ndata: %s\n\n" % (named, name.encode(), orjson.dumps(data, default=str))


def last_seen(header: str | None, after: int | None) -> int | None:
    """Tell after which event a caller goes on: as its browser says when it comes again, else as its page said.

    >>> last_seen("12", 3), last_seen(None, 3), last_seen("x", None)
    (12, 3, None)
    """
    told = header.strip() if header else ""
    return min(int(told[:19]), LAST) if told.isascii() and told.isdigit() else after
