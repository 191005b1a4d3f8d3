"""What a fault is, and what all kinds of fault need: the town, the doors before it, dice, and who is held already."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from town import Town

from faults.played import SERVICES
from faults.proxy import Doors
from faults.targets import Targets
from faults.writer import Writer
from relay311_local.processes import is_open
from relay311_local.zipkin import http_ok

BACK_SECONDS: Final = 120.0
QUIET_SECONDS: Final = 120.0
"""Standing still for longer than this is stuck; a slow machine that still works its backlog off is not."""
LONGEST_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Focus:
    """Where faults strike, and how long is waited for what must come: everywhere and long, unless one thing is sought.

    `points` names failpoints and the services that die there, `services` those that are killed, frozen or joined.
    """

    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    back_seconds: float = BACK_SECONDS
    quiet_seconds: float = QUIET_SECONDS
    longest_seconds: float = LONGEST_SECONDS


@dataclass(slots=True)
class Fault:
    """One fault that was made: when it began, when it had healed (for a kill, at once), and the proof that it bit."""

    kind: str
    target: str
    began: float = field(default_factory=time.time)
    healed: float = 0.0
    fired: bool = False


@dataclass
class Scene:
    """Where faults are made. `held` names the processes that a fault has in its hands."""

    town: Town
    writer: Writer
    doors: Doors
    targets: Targets
    chance: random.Random
    held: set[str] = field(default_factory=set)
    focus: Focus = field(default_factory=Focus)

    @contextmanager
    def holding(self, names: Sequence[str] = SERVICES) -> Iterator[str]:
        """Choose one that no other fault holds, and hold it."""
        wanted = [name for name in names if name in self.focus.services] or list(names)
        name = self.chance.choice([name for name in wanted if name not in self.held] or wanted)
        self.held.add(name)
        try:
            yield name
        finally:
            self.held.discard(name)

    async def ready(self, name: str, not_pid: int = 0) -> int:
        """Wait until a process is ready, and is another than `not_pid`; returns its id."""
        end = time.monotonic() + self.focus.back_seconds
        while True:
            entry = self.town.process(name)
            if entry.state == "ready" and entry.pid not in (None, not_pid) and await self._answers(name):
                return entry.pid or 0
            if time.monotonic() > end:
                raise TimeoutError(f"{name} was not ready again within {self.focus.back_seconds:.0f} s; see its log.")
            await asyncio.sleep(0.1)

    async def _answers(self, name: str) -> bool:
        port = self.town.place.port(name)
        return await asyncio.to_thread(http_ok, port, "/health/ready") if name in SERVICES else is_open(port)


Make = Callable[[Scene], Awaitable[Fault]]
"""Makes one fault, and returns when it is over."""


async def happens(look: Callable[[], bool], seconds: float) -> bool:
    """Wait until something is so; tells whether it came to be."""
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.05)
    return True
