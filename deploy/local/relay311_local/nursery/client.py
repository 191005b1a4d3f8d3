"""The supervisor's side of the nursery: asks for children and learns when they end."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from relay311_local.problems import PlatformError
from relay311_local.processes import Command, last_words, rotate
from relay311_local.state import Entry, born

_BIRTH_S: Final = 120.0
_POLL_S: Final = 0.05
_LOST: Final = 1
Message = dict[str, int]


@dataclass(frozen=True, slots=True)
class Shared:
    """What a nursery reads before its children are born: the city's folder, and modules that they run."""

    city: Path | None = None
    modules: tuple[str, ...] = ()


class Nursery:
    """One nursery process; `log` takes what it says itself, `shared` is what its children will need."""

    def __init__(self, log: Path, shared: Shared) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "relay311_local.nursery", str(shared.city or ""), *shared.modules],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                start_new_session=True,
            )
        self._since, self._born = time.time(), born(self._process.pid)
        self._births: SimpleQueue[int] = SimpleQueue()
        self._exits: dict[int, int] = {}
        self._is_ready = threading.Event()
        threading.Thread(target=self._listen, name="nursery", daemon=True).start()

    def spawn(self, command: Command) -> "NurseryChild":
        """Fork a child for `python -m module ...`. Raises PlatformError when the nursery does not answer."""
        rotate(command.log)
        _, _, module, *arguments = command.arguments
        program = {"name": command.name, "module": module, "arguments": arguments, "log": str(command.log)}
        self._write({**program, "environment": dict(command.environment)})
        try:
            return NurseryChild(command, self._births.get(timeout=_BIRTH_S), self)
        except Empty:
            raise PlatformError("The nursery of Python processes does not answer: start again.") from None

    def exit_code(self, pid: int) -> int | None:
        """Tell how a child ended; None while it runs, or when the nursery has not said."""
        return self._exits.get(pid)

    @property
    def ready(self) -> bool:
        """Whether it has imported everything, so that children are born at once."""
        return self._is_ready.is_set()

    @property
    def alive(self) -> bool:
        """Whether the nursery itself runs."""
        return self._process.poll() is None

    def entry(self) -> Entry:
        """Show it in the state like any other process."""
        return Entry("nursery", "ready", self._process.pid, self._born, self._since, 0, None)

    def close(self) -> None:
        """End the nursery; children that still run go on."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(10)

    def _write(self, wish: dict[str, object]) -> None:
        if self._process.stdin is None or not self.alive:
            raise PlatformError("The nursery of Python processes has ended: start again.")
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        self._process.stdin.flush()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            message: Message = json.loads(line)
            if "born" in message:
                self._births.put(message["born"])
            elif "ready" in message:
                self._is_ready.set()
            else:
                self._exits[message["dead"]] = message["exit"]


class NurseryChild:
    """A process the nursery forked; looks like any other child."""

    def __init__(self, command: Command, pid: int, nursery: Nursery) -> None:
        self.command, self.pid, self._nursery = command, pid, nursery
        self._born = born(pid)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        known = self._nursery.exit_code(self.pid)
        if known is not None or self._nursery.alive:
            return known
        return None if self._born is not None and born(self.pid) == self._born else _LOST

    @property
    def last_words(self) -> str:
        """The last line of its log; empty when there is none."""
        return last_words(self.command.log)

    def stop(self) -> None:
        """End it by its own signal, by SIGKILL when that takes too long, and wait for it."""
        for number in (self.command.stop, signal.SIGKILL):
            if self.exit_code is None:
                os.kill(self.pid, number)
                self._wait(self.command.stop_seconds)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while self.exit_code is None and time.monotonic() < end:
            time.sleep(_POLL_S)
