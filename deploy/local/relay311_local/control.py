"""What the running platform can be asked from a terminal: more or fewer instances, one process stopped or started."""

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Final

from relay311_local import state
from relay311_local.layout import MOST_INSTANCES, SERVICES, Layout, instance
from relay311_local.problems import PlatformError
from relay311_local.unit import State
from relay311_local.wishes import Wish, ask

_WISH_S: Final = 290.0


def scale(place: Layout, options: argparse.Namespace) -> None:
    """Run so many instances of a service, on the running platform."""
    service, count = options.service, options.count
    if service not in SERVICES or not 1 <= count <= MOST_INSTANCES:
        raise PlatformError(
            f"{service} {count}: give one of {', '.join(SERVICES)} and a number up to {MOST_INSTANCES}."
        )
    _wish(place, Wish("scale", service, count), lambda states: _of(service, states) == _all_ready(service, count))
    print(f"{service} runs as {count} instance{'s' if count > 1 else ''}.")


def stop(place: Layout, options: argparse.Namespace) -> None:
    """Stop one process of the running platform; it stays stopped until it is started."""
    _wish(place, Wish("stop", options.name), lambda states: states.get(options.name) == State.STOPPED)


def start(place: Layout, options: argparse.Namespace) -> None:
    """Start a stopped process of the running platform."""
    _wish(place, Wish("start", options.name), lambda states: states.get(options.name) == State.READY)


def _wish(place: Layout, wish: Wish, granted: Callable[[Mapping[str, str]], bool]) -> None:
    """Ask the running supervisor, and wait until its table shows what was asked for."""
    if state.supervisor_pid(place.run) is None:
        raise PlatformError("The platform does not run here: start it with `make up` or `make run`.")
    if wish.name not in _states(place):
        raise PlatformError(f"Nothing is called {wish.name} here: `make status` names what runs.")
    ask(place.run, wish)
    end = time.monotonic() + _WISH_S
    while not granted(_states(place)):
        if time.monotonic() > end:
            raise PlatformError(f"{wish.name} did not get there in {_WISH_S:.0f} s; see {place.run}/logs.")
        time.sleep(0.05)


def _states(place: Layout) -> dict[str, str]:
    snapshot = state.load(place.run)
    return {entry.name: entry.state for entry in snapshot.entries} if snapshot else {}


def _of(service: str, states: Mapping[str, str]) -> dict[str, str]:
    names = (instance(service, number) for number in range(1, MOST_INSTANCES + 1))
    return {name: states[name] for name in names if name in states}


def _all_ready(service: str, count: int) -> dict[str, str]:
    return {instance(service, number): State.READY for number in range(1, count + 1)}
