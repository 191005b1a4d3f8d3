"""The table of processes that `status` prints."""

import time
from collections.abc import Sequence
from pathlib import Path

from relay311_local.state import Entry, Snapshot, born


def table(snapshot: Snapshot, now: float) -> list[str]:
    """Format the platform's processes, one a line, with their memory (PSS: shared pages counted once)."""
    rows = [_row(entry, now) for entry in snapshot.entries if entry.pid is not None or entry.restarts]
    whole = sum(memory_mb(entry.pid) for entry in snapshot.entries if entry.pid)
    head = ("process", "pid", "port", "state", "restarts", "for", "memory")
    return [*_aligned([head, *rows]), f"The platform is {snapshot.phase}; {whole:.0f} MB in all."]


def memory_mb(pid: int) -> float:
    """Measure a process's proportional share of memory in MB (10^6 bytes); 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("utf-8").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:")), 0.0)


def _row(entry: Entry, now: float) -> tuple[str, ...]:
    alive = entry.pid is not None and born(entry.pid) == entry.born
    memory = f"{memory_mb(entry.pid):.0f} MB" if entry.pid and alive else "-"
    state = entry.state if alive or entry.pid is None else "gone"
    port = str(entry.port or "-")
    return (entry.name, str(entry.pid or "-"), port, state, str(entry.restarts), f"{now - entry.since:.0f} s", memory)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def current(snapshot: Snapshot) -> list[str]:
    """Format the table as of now."""
    return table(snapshot, time.time())
