"""The table of processes that `status` prints."""

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

import psutil  # type: ignore[import-untyped]

from relay311_local.state import Entry, Snapshot, born


def table(snapshot: Snapshot, now: float) -> list[str]:
    """Format the platform's processes, one a line, with their memory (PSS: shared pages counted once)."""
    rows = [
        _row(entry, now)
        for entry in snapshot.entries
        if entry.pid is not None or entry.restarts or entry.state == "stopped"
    ]
    started = (snapshot.pid, *(entry.pid for entry in snapshot.entries if entry.pid))
    # The nursery's children are entries of their own, and the supervisor's too: each process counts once.
    whole = sum(_share_mb(pid) for pid in {number for pid in started for number in (pid, *_children(pid))})
    head = ("process", "pid", "port", "state", "restarts", "for", "memory")
    return [*_aligned([head, *rows]), f"The platform is {snapshot.phase}; {whole:.0f} MB in all."]


def memory_mb(pid: int, *, children: bool = True) -> float:
    """Measure the memory of a process and its children in MB (10^6 bytes); 0 where the system does not tell."""
    return sum(_share_mb(number) for number in (pid, *(_children(pid) if children else ())))


def _children(pid: int) -> list[int]:
    with contextlib.suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def _share_mb(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:")), 0.0)


def _row(entry: Entry, now: float) -> tuple[str, ...]:
    alive = entry.pid is not None and born(entry.pid) == entry.born
    memory = f"{memory_mb(entry.pid, children=entry.name != 'nursery'):.0f} MB" if entry.pid and alive else "-"
    state = entry.state if alive or entry.pid is None else "gone"
    port = str(entry.port or "-")
    return (entry.name, str(entry.pid or "-"), port, state, str(entry.restarts), f"{now - entry.since:.0f} s", memory)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def current(snapshot: Snapshot) -> list[str]:
    """Format the table as of now."""
    return table(snapshot, time.time())
