"""The figures of a run: percentiles, ratios, the machine, and the line that is kept."""

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

LAST_LINE: Final = (
    "lives_per_second",
    "events_per_second",
    "cpu_ms_per_life",
    "ratio_to_floor",
    "http_ratio_to_bare",
    "bulk_rows_per_second",
    "p99_ms",
    "rss_mb",
)
"""What the last line of a run says, by name."""


def percentile(values: Sequence[float], share: float) -> float:
    """Find the value that a share (0 to 1) of the values does not exceed; 0 without values.

    >>> percentile([3.0, 1.0, 2.0], 0.5), percentile(list(range(1, 101)), 0.99), percentile([], 0.5)
    (2.0, 99, 0.0)
    """
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)] if ordered else 0.0


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Give the middle and the slowest hundredth, and of how many.

    >>> percentiles([1.0, 2.0, 3.0])
    {'p50': 2.0, 'p99': 3.0, 'n': 3}
    """
    return {"p50": round(percentile(values, 0.5), 1), "p99": round(percentile(values, 0.99), 1), "n": len(values)}


def pace(moments: Sequence[float]) -> float:
    """Tell how many things came a second, from the middle eight tenths of them: late starters and stragglers aside.

    >>> pace([n / 50 for n in range(1000)])
    50.0
    >>> pace([1.0, 2.0])
    0.0
    """
    ordered = sorted(moments)
    first, last = len(ordered) // 10, len(ordered) * 9 // 10
    passed = ordered[last] - ordered[first] if last > first + 1 else 0.0
    return round((last - first) / passed, 1) if passed else 0.0


def ratio(floor: float, ours: float, most: float) -> float | None:
    """Divide the floor by ours, in CPU; None when the floor itself cost more than it may, and so says nothing.

    >>> ratio(0.5, 2.0, 0.55), ratio(0.6, 2.0, 0.55)
    (0.25, None)
    """
    return round(floor / ours, 3) if floor <= most else None


def last_line(measured: Mapping[str, Any]) -> str:
    """Write what a run ends with; what a run does not measure is null.

    >>> last_line({name: 1 for name in LAST_LINE} | {"more": 2})[:46]
    '{"lives_per_second": 1, "events_per_second": 1'
    """
    return json.dumps({name: measured.get(name) for name in LAST_LINE})


def keep(path: Path, measured: Mapping[str, Any]) -> None:
    """Append a run to the results, with the commit and the machine it ran on.

    `measured["run"]` says which kind it was: `bench`, `bench-growth` or `replay-year`.
    """
    stamp = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "commit": commit(path.parent), **machine()}
    with path.open("a") as lines:
        lines.write(json.dumps(stamp | dict(measured)) + "\n")


def commit(folder: Path) -> str:
    """Name the commit that was measured, with a plus sign when files were changed since."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"],  # noqa: S607 - the user's own git
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return said.stdout.strip() or "unknown"


def machine() -> dict[str, Any]:
    """Describe the machine and how busy it was."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    load = round(psutil.getloadavg()[0], 1)
    return {"cpu": model or platform.processor(), "cores": psutil.cpu_count(), "load_before": load}
