"""What the supervisor runs: processes that stay, and tasks that end."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from relay311_local.processes import Command


def nothing() -> None:
    """Prepare nothing."""


def at_once() -> bool:
    """Count a process as ready as soon as it runs."""
    return True


@dataclass(frozen=True, slots=True)
class Unit:
    """One process of the platform. `needs` names the units that must be ready (or done) before it starts.

    `prepare` runs in a thread before the process starts (downloads, formatting); `command` is built after it.
    A unit that runs `once` is done when it exits with 0; any other is ready when `ready` says so, and is restarted
    whenever it ends. `seconds` is how long it may take to become ready. `fork` has the nursery start it.
    The platform is ready without the units that come `late`.
    """

    name: str
    command: Callable[[], Command]
    needs: tuple[str, ...] = ()
    prepare: Callable[[], None] = nothing
    ready: Callable[[], bool] = at_once
    once: bool = False
    port: int | None = None
    fork: bool = False
    late: bool = False
    seconds: float = 90.0


class State(StrEnum):
    """Where a unit stands."""

    WAITING = "waiting"
    PREPARING = "preparing"
    STARTING = "starting"
    READY = "ready"
    DONE = "done"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
