"""Starts the platform's processes in order, restarts what dies, and stops them in reverse."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from relay311_local.backoff import failures_in_a_row, restart_delay
from relay311_local.downloads import Say
from relay311_local.nursery.client import Nursery, NurseryChild
from relay311_local.problems import PlatformError
from relay311_local.processes import Child
from relay311_local.state import Entry, Snapshot, born, save
from relay311_local.unit import State, Unit

_TICK_S: Final = 0.05
_TRIES: Final = 5
_ALIVE: Final = (State.STARTING, State.READY)
_SATISFIED: Final = (State.READY, State.DONE)


@dataclass(slots=True)
class Running:
    """A unit and what became of it."""

    unit: Unit
    state: State = State.WAITING
    child: Child | NurseryChild | None = None
    preparation: Future[None] | None = None
    since: float = field(default_factory=time.time)
    restarts: int = 0
    failures: int = 0
    start_at: float = 0.0
    born: float | None = None

    def enter(self, state: State) -> None:
        """Change the state and remember when."""
        self.state, self.since = state, time.time()


class Supervisor:
    """Runs units until told to stop. `say` gets a line for everything a person would want to see."""

    def __init__(self, units: Sequence[Unit], run: Path, say: Say = print) -> None:
        self._all = {unit.name: Running(unit) for unit in units}
        self._run, self._say = run, say
        self._stop = False
        self._forks: Nursery | None = None
        self._was_ready = False
        self._begin = time.monotonic()
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="prepare")

    def request_stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stop = True

    def run(self, on_ready: Callable[[], None]) -> None:
        """Run until asked to stop, then stop everything. Raises PlatformError when the start fails."""
        try:
            if any(running.unit.fork for running in self._all.values()):
                self._nursery()  # it imports while the servers start
            self._loop(on_ready)
        except PlatformError as error:
            self._end("failed", str(error))
            raise
        self._end("stopped", "")

    def _loop(self, on_ready: Callable[[], None]) -> None:
        while not self._stop:
            changed = [running for running in self._all.values() if self._advance(running)]
            if changed:
                self._save("ready" if self._was_ready else "starting")
            if not self._was_ready and all(r.state in _SATISFIED or r.unit.late for r in self._all.values()):
                self._was_ready = True
                self._save("ready")
                on_ready()
            time.sleep(_TICK_S)

    def _advance(self, running: Running) -> bool:
        before = running.state, running.restarts
        _STEPS[running.state](self, running)
        return before != (running.state, running.restarts)

    def _nursery(self) -> Nursery:
        """Return the nursery, a new one when it has ended."""
        if self._forks is None or not self._forks.alive:
            self._forks = Nursery(self._run / "logs" / "nursery.log")
        return self._forks

    def _when_waiting(self, running: Running) -> None:
        if all(self._all[name].state in _SATISFIED for name in running.unit.needs):
            running.preparation = self._threads.submit(running.unit.prepare)
            running.enter(State.PREPARING)

    def _when_preparing(self, running: Running) -> None:
        if running.preparation is not None and running.preparation.done():
            running.preparation.result()  # raises what went wrong
            if not running.unit.fork or self._nursery().ready:
                self._start(running)

    def _when_starting(self, running: Running) -> None:
        child, unit = _child(running), running.unit
        code = child.exit_code
        if unit.once and code == 0:
            self._say_done(running, child)
        elif code is not None:
            self._failed(running, f"ended with exit code {code}")
        elif time.time() - running.since > unit.seconds:
            child.stop()
            self._failed(running, f"was not ready after {unit.seconds:.0f} s")
        elif not unit.once and unit.ready():
            running.enter(State.READY)
            self._say(f"{self._clock()} {unit.name} is ready{f' on port {unit.port}' if unit.port else ''}.")

    def _when_ready(self, running: Running) -> None:
        code = _child(running).exit_code
        if code is not None:
            self._failed(running, f"ended with exit code {code}")

    def _when_restarting(self, running: Running) -> None:
        if time.monotonic() >= running.start_at:
            running.restarts += 1
            self._start(running)

    def _nothing(self, running: Running) -> None:
        """Leave a finished unit alone."""

    def _start(self, running: Running) -> None:
        command = running.unit.command()
        running.child = self._nursery().spawn(command) if running.unit.fork else Child(command)
        running.born = born(running.child.pid)
        running.enter(State.STARTING)

    def _say_done(self, running: Running, child: Child | NurseryChild) -> None:
        running.enter(State.DONE)
        self._say(f"{self._clock()} {running.unit.name}: {child.last_words or 'done'}")

    def _failed(self, running: Running, what: str) -> None:
        healthy = time.time() - running.since if running.state is State.READY else 0.0
        running.failures = failures_in_a_row(running.failures, healthy)
        problem = f"{running.unit.name} {what}: {_reason(_child(running))}"
        if not self._was_ready and running.failures >= (1 if running.unit.once else _TRIES):
            raise PlatformError(problem)
        delay = restart_delay(running.failures)
        running.start_at = time.monotonic() + delay
        running.enter(State.RESTARTING)
        self._say(f"{self._clock()} {problem}; again in {delay:.1f} s.")

    def _end(self, phase: str, problem: str) -> None:
        self._save("stopping")
        self._threads.shutdown(wait=False, cancel_futures=True)
        for names in stop_order([running.unit for running in self._all.values()]):
            self._stop_together([self._all[name] for name in names])
        if self._forks:
            self._forks.close()
        self._save(phase, problem)
        self._say(f"{self._clock()} Everything is stopped.")

    def _stop_together(self, group: Sequence[Running]) -> None:
        alive = [running for running in group if running.child and running.child.exit_code is None]
        if alive:
            with ThreadPoolExecutor(len(alive)) as pool:
                list(pool.map(lambda running: _child(running).stop(), alive))
        for running in group:
            running.enter(State.STOPPED)

    def _save(self, phase: str, problem: str = "") -> None:
        save(self._run, Snapshot(phase, os.getpid(), self._entries(), problem))

    def _entries(self) -> tuple[Entry, ...]:
        forks = (self._forks.entry(),) if self._forks and self._forks.alive else ()
        return (*forks, *(_entry(running) for running in self._all.values()))

    def _clock(self) -> str:
        return f"{time.monotonic() - self._begin:6.1f} s "


def stop_order(units: Iterable[Unit]) -> list[list[str]]:
    """Group units so that each group may stop together, and none before those that need it."""
    left = {unit.name: set(unit.needs) for unit in units}
    groups = []
    while left:
        needed = set().union(*left.values())
        group = [name for name in left if name not in needed]
        groups.append(group)
        left = {name: needs for name, needs in left.items() if name not in group}
    return groups


def _child(running: Running) -> Child | NurseryChild:
    if running.child is None:
        raise PlatformError(f"{running.unit.name} was never started.")
    return running.child


def _reason(child: Child | NurseryChild) -> str:
    """Quote the last line of a log, which usually says why a process ended."""
    return f"{child.last_words or 'its log is empty'} (see {child.command.log})"


def _entry(running: Running) -> Entry:
    alive = running.child is not None and running.state in _ALIVE
    pid = running.child.pid if running.child and alive else None
    unit = running.unit
    return Entry(
        unit.name, running.state, pid, running.born if alive else None, running.since, running.restarts, unit.port
    )


_STEPS: Final[dict[State, Callable[[Supervisor, Running], None]]] = {
    State.WAITING: Supervisor._when_waiting,  # noqa: SLF001 -- the table belongs to the class
    State.PREPARING: Supervisor._when_preparing,  # noqa: SLF001
    State.STARTING: Supervisor._when_starting,  # noqa: SLF001
    State.READY: Supervisor._when_ready,  # noqa: SLF001
    State.RESTARTING: Supervisor._when_restarting,  # noqa: SLF001
    State.DONE: Supervisor._nothing,  # noqa: SLF001
    State.STOPPED: Supervisor._nothing,  # noqa: SLF001
}
