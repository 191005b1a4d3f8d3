"""A unit at work: where it stands, the process it became, and how that is told."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from relay311_local.nursery.client import NurseryChild
from relay311_local.problems import PlatformError
from relay311_local.processes import Child
from relay311_local.state import Entry
from relay311_local.unit import State, Unit

_ALIVE: Final = (State.STARTING, State.READY, State.STOPPING)


@dataclass(slots=True)
class Running:
    """A unit and what became of it. One that is `leaving` is forgotten when it has stopped."""

    unit: Unit
    state: State = State.WAITING
    process: Child | NurseryChild | None = None
    preparation: Future[None] | None = None
    since: float = field(default_factory=time.time)
    restarts: int = 0
    failures: int = 0
    start_at: float = 0.0
    born: float | None = None
    leaving: bool = False

    def enter(self, state: State) -> None:
        """Change the state and remember when."""
        self.state, self.since = state, time.time()

    @property
    def child(self) -> Child | NurseryChild:
        """The process it became. Raises PlatformError when there is none yet."""
        if self.process is None:
            raise PlatformError(f"{self.unit.name} was never started.")
        return self.process

    @property
    def reason(self) -> str:
        """The last line of its log, which usually says why a process ended."""
        return f"{self.child.last_words or 'its log is empty'} (see {self.child.command.log})"

    @property
    def entry(self) -> Entry:
        """What `status` shows."""
        alive = self.process is not None and self.state in _ALIVE
        pid, born = (self.process.pid, self.born) if self.process and alive else (None, None)
        return Entry(self.unit.name, self.state, pid, born, self.since, self.restarts, self.unit.port)
