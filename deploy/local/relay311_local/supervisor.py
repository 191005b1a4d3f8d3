"""Starts the platform's processes in order, restarts what dies, and stops them in reverse."""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from relay311_local.backoff import failures_in_a_row, restart_delay
from relay311_local.downloads import Say
from relay311_local.layout import instance
from relay311_local.nursery.client import Nursery, NurseryChild, Shared
from relay311_local.problems import PlatformError
from relay311_local.processes import Child
from relay311_local.running import Running
from relay311_local.state import Entry, Snapshot, born, save
from relay311_local.unit import State, Unit
from relay311_local.wishes import Wish, take

_TICK_S: Final = 0.05
NOTHING_SHARED: Final = Shared()
_TRIES: Final = 5
_SATISFIED: Final = (State.READY, State.DONE)


class Supervisor:
    """Runs units until told to stop. `say` gets a line for everything a person would want to see.

    `one_more` draws up an instance of a service by its number; without it there is nothing to scale. `shared`
    is what units that fork have in common.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        run: Path,
        say: Say = print,
        one_more: Callable[[str, int], Unit] | None = None,
        shared: Shared = NOTHING_SHARED,
    ) -> None:
        self._all = {unit.name: Running(unit) for unit in units}
        self._run, self._say, self._one_more, self._shared = run, say, one_more, shared
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
            list(take(self._run))  # what an earlier platform was asked
            if any(running.unit.fork for running in self._all.values()):
                self._nursery()  # it imports while the servers start
            self._loop(on_ready)
        except PlatformError as error:
            self._end("failed", str(error))
            raise
        self._end("stopped", "")

    def _loop(self, on_ready: Callable[[], None]) -> None:
        while not self._stop:
            self._heed_wishes()
            changed = [running for running in list(self._all.values()) if self._advance(running)]
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
            self._forks = Nursery(self._run / "logs" / "nursery.log", self._shared)
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
        child, unit = running.child, running.unit
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
        code = running.child.exit_code
        if code is not None:
            self._failed(running, f"ended with exit code {code}")

    def _when_stopping(self, running: Running) -> None:
        if running.preparation is None or running.preparation.done():
            running.enter(State.STOPPED)
            self._say(f"{self._clock()} {running.unit.name} is stopped.")
            if running.leaving:
                del self._all[running.unit.name]

    def _when_restarting(self, running: Running) -> None:
        if time.monotonic() >= running.start_at:
            running.restarts += 1
            self._start(running)

    def _nothing(self, running: Running) -> None:
        """Leave a finished unit alone."""

    def _heed_wishes(self) -> None:
        """Begin with the oldest wish once the one before it has stopped what it had to."""
        if not any(running.state is State.STOPPING for running in self._all.values()):
            wish = next(take(self._run), None)
            if wish is not None and wish.name in self._all:
                _WISHES[wish.do](self, wish)

    def _scale(self, wish: Wish) -> None:
        """Start what a service's wanted number of instances lacks, and stop what is beyond it."""
        wanted = {instance(wish.name, number): number for number in range(1, wish.count + 1)}
        for name, number in wanted.items():
            if name not in self._all and self._one_more:
                self._all[name] = Running(self._one_more(wish.name, number))
        for name in [one for one in self._all if one.rpartition("-")[0] == wish.name and one[-1].isdigit()]:
            if name not in wanted:
                self._all[name].leaving = True
                self._stop_alone(Wish("stop", name))

    def _stop_alone(self, wish: Wish) -> None:
        running = self._all[wish.name]
        running.preparation = self._threads.submit(running.child.stop) if running.process else None
        running.enter(State.STOPPING)

    def _start_again(self, wish: Wish) -> None:
        if self._all[wish.name].state is State.STOPPED:
            self._all[wish.name].enter(State.WAITING)

    def _start(self, running: Running) -> None:
        command = running.unit.command()
        running.process = self._nursery().spawn(command) if running.unit.fork else Child(command)
        running.born = born(running.child.pid)
        running.enter(State.STARTING)

    def _say_done(self, running: Running, child: Child | NurseryChild) -> None:
        running.enter(State.DONE)
        self._say(f"{self._clock()} {running.unit.name}: {child.last_words or 'done'}")

    def _failed(self, running: Running, what: str) -> None:
        healthy = time.time() - running.since if running.state is State.READY else 0.0
        running.failures = failures_in_a_row(running.failures, healthy)
        problem = f"{running.unit.name} {what}: {running.reason}"
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
        alive = [running for running in group if running.process and running.child.exit_code is None]
        if alive:
            with ThreadPoolExecutor(len(alive)) as pool:
                list(pool.map(lambda running: running.child.stop(), alive))
        for running in group:
            running.enter(State.STOPPED)

    def _save(self, phase: str, problem: str = "") -> None:
        save(self._run, Snapshot(phase, os.getpid(), self._entries(), problem))

    def _entries(self) -> tuple[Entry, ...]:
        forks = (self._forks.entry(),) if self._forks and self._forks.alive else ()
        return (*forks, *(running.entry for running in self._all.values()))

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


_STEPS: Final[dict[State, Callable[[Supervisor, Running], None]]] = {
    State.WAITING: Supervisor._when_waiting,  # noqa: SLF001 -- the table belongs to the class
    State.PREPARING: Supervisor._when_preparing,  # noqa: SLF001
    State.STARTING: Supervisor._when_starting,  # noqa: SLF001
    State.READY: Supervisor._when_ready,  # noqa: SLF001
    State.RESTARTING: Supervisor._when_restarting,  # noqa: SLF001
    State.STOPPING: Supervisor._when_stopping,  # noqa: SLF001
    State.DONE: Supervisor._nothing,  # noqa: SLF001
    State.STOPPED: Supervisor._nothing,  # noqa: SLF001
}
_WISHES: Final[dict[str, Callable[[Supervisor, Wish], None]]] = {
    "scale": Supervisor._scale,  # noqa: SLF001
    "stop": Supervisor._stop_alone,  # noqa: SLF001
    "start": Supervisor._start_again,  # noqa: SLF001
}
