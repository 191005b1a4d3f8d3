"""What was heard a moment ago: from asking outside until the message it is for is taken."""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
KEPT_SECONDS: Final = 2.0
"""For so long what was heard is good; urgent words are live in five."""
MOST_KEPT: Final = 2_000


class Lately(Generic[K, V]):
    """Keeps what was heard for a moment; `now` is in seconds of any clock that only goes on.

    >>> heard = Lately[str, int]()
    >>> heard.keep("question", 42, now=0.0)
    >>> heard.said("question", now=1.0), heard.said("question", now=2.0), heard.said("another", now=1.0)
    ((42,), None, None)
    """

    def __init__(self) -> None:
        self._kept: dict[K, tuple[float, V]] = {}

    def keep(self, key: K, value: V, now: float) -> None:
        """Keep what was heard; what is old makes room, and when there is none it is not kept."""
        if len(self._kept) >= MOST_KEPT:
            self._kept = {known: kept for known, kept in self._kept.items() if now - kept[0] < KEPT_SECONDS}
        if len(self._kept) < MOST_KEPT:
            self._kept[key] = now, value

    def said(self, key: K, now: float) -> tuple[V] | None:
        """Give what was heard a moment ago; None when nothing was."""
        kept = self._kept.get(key)
        return (kept[1],) if kept is not None and now - kept[0] < KEPT_SECONDS else None
