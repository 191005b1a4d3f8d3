"""Named places where a process can be made to die, so that a harness can prove what a crash there costs: nothing.

A point costs one read of a global name while nothing is armed. RELAY311_FAILPOINTS names a folder; a file
`<service>/<point>` in it holds a number n and lets the service die at its n-th passing of that point from then on. The
file is removed, on the disk, in the moment before: a missing file is the proof that the point fired.
"""

import os
from collections import Counter
from pathlib import Path
from typing import Final

FOLDER: Final = "RELAY311_FAILPOINTS"
KILLED: Final = 137
"""The exit code of a process that `kill -9` ended; no clean-up runs, nothing is flushed."""

POINTS: Final = {
    "commit.before": "a transaction with rows and outbox written, not committed: none of it may be seen",
    "commit.after": "committed, and nobody told: the effect stands, and a repeat finds the first answer",
    "batch.claimed": "positions advanced, nothing applied: the batch must be read again",
    "batch.committed": "a batch applied, the log not told: it is read again and applied no second time",
    "hint.after": "the log told how far the group is: nothing is left to repeat",
    "relay.read": "the outbox read, nothing sent: it must be sent by whoever leads next",
    "log.sent": "a batch handed to the client: the log may have it or not; it is sent again, and dropped as a repeat",
    "log.acknowledged": "one partition has its records, others may not: all are sent again, in order",
    "relay.acknowledged": "all on the log, the outbox not yet forgotten: repeats on the log, dropped by readers",
    "relay.forgotten": "the outbox forgotten: nothing is sent again",
    "timer.taken": "due rows taken, their effects not made: both must come back",
    "mail.before": "a mail claimed, not sent: it must be sent after the lease",
    "mail.taken": "the mail server said 250, nobody noted it: one more copy with the same Message-ID at most",
    "mail.recorded": "noted as delivered: no second copy",
    "webhook.taken": "the target answered, nobody noted it: one more call with the same webhook-id at most",
}
"""Every point, and what a crash there must not do."""


class _Armed:
    """Looks for armed points of one service in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._passed = folder, Counter[str]()

    def passed(self, point: str) -> None:
        file = self._folder / point
        try:
            count = int(file.read_text() or "1")
        except FileNotFoundError:
            self._passed.pop(point, None)
            return
        self._passed[point] += 1
        if self._passed[point] >= count:
            _die(file)


_armed: _Armed | None = None


def belong_to(service: str) -> None:
    """Say which service this process is; points are armed only where the environment names a folder."""
    global _armed  # noqa: PLW0603 - one process is one service, and a point must cost no more than this name
    folder = os.environ.get(FOLDER)
    _armed = _Armed(Path(folder) / service) if folder else None


def at(point: str) -> None:
    """Die here when this point is armed."""
    if _armed is not None:
        _armed.passed(point)


def _die(file: Path) -> None:
    try:
        file.unlink()  # of several instances, the one that removes the file dies
    except FileNotFoundError:
        return
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os._exit(KILLED)
