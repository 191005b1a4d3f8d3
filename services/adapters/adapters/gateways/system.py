"""An agency's own system, whatever it is: errands are run in it, and its news are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from adapters.domain.news import News
from adapters.domain.order import Errand
from adapters.domain.retries import Answer


class Unreadable(Exception):  # noqa: N818 - it says what was found
    """The system could not be read just now; the message says why, without secrets."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, and from where to read on. `spoilt` are lines that could not be understood, a sentence each."""

    news: Sequence[News]
    cursor: Mapping[str, Any]
    spoilt: Sequence[tuple[str, str]] = ()


class System(Protocol):
    """One agency's system.

    `is_watched` when its news must be read, because it does not call; `needs_number` when an errand must name the
    record by their own number.
    """

    is_watched: bool
    needs_number: bool

    async def run(self, errand: Errand) -> Answer:
        """Run one errand; never raises for what the system does."""

    async def read(self, cursor: Mapping[str, Any]) -> Reading:
        """Read news from a cursor on. Raises Unreadable."""

    async def heard(self, reading: Reading) -> None:
        """Know that what was read has been kept."""

    async def list_all(self, since: datetime) -> Sequence[News]:
        """Tell where every record of ours stands, and every work order that changed since. Raises Unreadable."""

    async def picture(self, name: str) -> bytes:
        """Fetch a picture by what the system calls it. Raises Unusable or NotNow."""

    async def close(self) -> None:
        """Let go of connections."""
