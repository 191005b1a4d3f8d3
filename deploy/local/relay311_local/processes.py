"""Child processes: started with a log file, waited for with a deadline, stopped gently, then firmly."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from relay311_local.access import LOOPBACK
from relay311_local.problems import PlatformError

_POLL_S: Final = 0.05
_TAIL_BYTES: Final = 4096
_LOG_BYTES: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Command:
    """How to start one process. `stop` is the signal it obeys; `user` (root only) is whom it runs as."""

    name: str
    arguments: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop: signal.Signals = signal.SIGTERM
    stop_seconds: float = 15.0
    user: str | None = None


class Child:
    """One running process and its log."""

    def __init__(self, command: Command) -> None:
        rotate(command.log)
        self.command = command
        with command.log.open("ab") as log:
            self._process = _spawn(command, log)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.poll()

    def wait_ready(self, ready: Callable[[], bool], seconds: float) -> float:
        """Poll `ready` until it holds; return the seconds it took. Raises PlatformError when it dies or is too slow."""
        begin = time.monotonic()
        while not ready():
            if self.exit_code is not None:
                raise PlatformError(f"{self._who} ended while starting: {self.last_words} (see {self.command.log})")
            if time.monotonic() - begin > seconds:
                raise PlatformError(f"{self._who} was not ready after {seconds:.0f} s; see {self.command.log}.")
            time.sleep(_POLL_S)
        return time.monotonic() - begin

    def stop(self) -> None:
        """End it by its own signal, by SIGKILL when that takes too long, and wait for it."""
        if self.exit_code is not None:
            return
        self._process.send_signal(self.command.stop)
        try:
            self._process.wait(self.command.stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def last_words(self) -> str:
        """The last line of its log, alone; empty when there is none."""
        return last_words(self.command.log)

    @property
    def _who(self) -> str:
        return self.command.name


def rotate(log: Path) -> None:
    """Make the log's folder, and put a log of more than 20 MB aside."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def last_words(path: Path) -> str:
    """Read the last line of a log; empty when there is none."""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _spawn(command: Command, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(command.arguments),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        env={"MALLOC_ARENA_MAX": "2", **os.environ, **command.environment},
        start_new_session=True,  # the terminal's Ctrl-C reaches the supervisor alone, which stops in order
        user=command.user,
        group=_group_of(command.user),
        extra_groups=[] if command.user else None,
    )


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd  # noqa: PLC0415 -- exists on Unix only, and only root needs it

    return pwd.getpwnam(user).pw_gid


def is_open(port: int) -> bool:
    """Tell whether something accepts connections on this port of the loopback address."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=0.5):
        return True
    return False
