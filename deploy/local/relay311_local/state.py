"""The supervisor's state on disk: who runs, and since when; and the lock that makes it the only one."""

import contextlib
import fcntl
import json
import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil  # type: ignore[import-untyped]

from relay311_local.problems import PlatformError

_GRACE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit as `status` shows it. `born` is when the system says the process began: pids are used again."""

    name: str
    state: str
    pid: int | None
    born: float | None
    since: float
    restarts: int
    port: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole platform: `phase` is starting, ready, stopping, stopped or failed; `problem` says why it failed."""

    phase: str
    pid: int
    entries: tuple[Entry, ...]
    problem: str = ""


def save(run: Path, snapshot: Snapshot) -> None:
    """Write the state so that a reader never sees half of it."""
    draft = _path(run).with_suffix(".new")
    draft.write_text(json.dumps(asdict(snapshot), indent=1), "utf-8")
    os.replace(draft, _path(run))  # noqa: PTH105 -- the atomic move is the point


def load(run: Path) -> Snapshot | None:
    """Read the last state, or None when there is none that can be read."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        content: dict[str, Any] = json.loads(_path(run).read_text("utf-8"))
        return Snapshot(**{**content, "entries": tuple(Entry(**entry) for entry in content["entries"])})
    return None


def supervisor_pid(run: Path) -> int | None:
    """Name the running supervisor's process, or None: the lock falls with the process that held it."""
    path = _lock_path(run)
    with contextlib.suppress(FileNotFoundError), path.open("r") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(lock.read() or 0) or None
    return None


@contextmanager
def only_supervisor(run: Path) -> Iterator[None]:
    """Hold the lock while the block lasts. Raises PlatformError when another supervisor runs here."""
    run.mkdir(parents=True, exist_ok=True)
    with _lock_path(run).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise PlatformError(
                f"The platform already runs here (process {lock.read()}): use `make status` or `make down`."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def born(pid: int) -> float | None:
    """Tell when a process began, in seconds since 1970; None when there is no such process."""
    with contextlib.suppress(psutil.Error):
        return float(psutil.Process(pid).create_time())
    return None


def end_leftovers(run: Path) -> tuple[str, ...]:
    """End what a supervisor that was killed left running; only processes it started, known by pid and birth."""
    snapshot = load(run)
    left = [entry for entry in snapshot.entries if _still_runs(entry)] if snapshot else []
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(left, number)
        _wait_gone(left)
    return tuple(entry.name for entry in left)


def _signal(entries: Iterable[Entry], number: signal.Signals) -> None:
    for entry in entries:
        if entry.pid is not None and _still_runs(entry):
            # PostgreSQL waits for its clients on SIGTERM; SIGINT ends it as cleanly, and at once.
            gentle = signal.SIGINT if entry.name == "postgres" and number == signal.SIGTERM else number
            os.kill(entry.pid, gentle)


def _wait_gone(entries: Iterable[Entry]) -> None:
    end = time.monotonic() + _GRACE_S
    while any(_still_runs(entry) for entry in entries) and time.monotonic() < end:
        time.sleep(0.05)


def _still_runs(entry: Entry) -> bool:
    return entry.pid is not None and entry.born is not None and born(entry.pid) == entry.born


def _path(run: Path) -> Path:
    return run / "state.json"


def _lock_path(run: Path) -> Path:
    return run / "supervisor.lock"
