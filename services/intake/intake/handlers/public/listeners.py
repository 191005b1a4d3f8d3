"""Who listens to which request in this process, how many at once, and what each has not read yet."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from chassis.errors import Problem
from intake.domain.public.live import Reading

_MOST_UNREAD: Final = 100
"""Events that wait for one listener; who is slower than that is let go, and comes again where they were."""
_WAIT: Final = 30
Said = tuple[int | None, bytes]
"""One event as it is sent; the number of its line of the timeline, if it has one."""


@dataclass(eq=False)
class Listener:
    """One connection. `events` ends with None when it is let go."""

    events: asyncio.Queue[Said | None] = field(default_factory=asyncio.Queue)

    def hear(self, said: Sequence[Said]) -> None:
        """Pass events on."""
        for one in said if self.events.qsize() < _MOST_UNREAD else (None,):
            self.events.put_nowait(one)


@dataclass
class Listeners:
    """Everybody who listens here: `most` connections in all, `most_each` of one network.

    `wanted` is set while somebody listens, `looking` while `reading` is kept up.
    """

    most: int
    most_each: int
    by_request: defaultdict[UUID, set[Listener]] = field(default_factory=lambda: defaultdict(set))
    parents: dict[UUID, UUID] = field(default_factory=dict)
    networks: Counter[str] = field(default_factory=Counter)
    reading: Reading = field(default_factory=lambda: Reading(0))
    wanted: asyncio.Event = field(default_factory=asyncio.Event)
    looking: asyncio.Event = field(default_factory=asyncio.Event)

    def admit(self, network: str | None) -> None:
        """Let one more in. Raises a 429 or 503 problem when there are too many, and says when to come again."""
        if network is not None and self.networks[network] >= self.most_each:
            raise Problem(429, "Too many", f"{self.most_each} streams at once are enough; end one.", retry_after=_WAIT)
        if self.networks.total() >= self.most:
            raise Problem(503, "Too many just now", "Load the page again to see what is new.", retry_after=_WAIT)
        self.networks[network or ""] += 1

    def leave(self, network: str | None) -> None:
        """Let one out."""
        self.networks[network or ""] -= 1
        self.networks += Counter()  # keeps those alone that are not zero

    def add(self, request_id: UUID) -> Listener:
        """Begin to listen to a request."""
        listener = Listener()
        self.by_request[request_id].add(listener)
        self.wanted.set()
        return listener

    def forget(self, request_id: UUID, listener: Listener) -> None:
        """End listening."""
        self.by_request[request_id].discard(listener)
        if not self.by_request[request_id]:
            del self.by_request[request_id]
            self.parents.pop(request_id, None)

    def hearing(self, changed: set[UUID]) -> set[UUID]:
        """List the requests somebody listens to that changed, or follow one that did."""
        follow = {child for child, parent in self.parents.items() if parent in changed}
        return (self.by_request.keys() & changed) | follow
