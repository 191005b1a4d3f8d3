"""A city's year, made and played end to end on the events' own clock, with what it cost; the last line is JSON."""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
import bench
import doors
import figures
import latency
import lives
import psutil
import table
from bench import said
from stage import (
    MEASURED,
    Eyes,
    Town,
    cpu_seconds,
    difference,
    idle,
    logged,
    open_eyes,
    peak_rss,
    platform,
    postgres_seconds,
)

from contracts.city import load_city
from relay311_drivers.year.tally import Room
from relay311_drivers.year.volumes import read_volumes
from relay311_local.testing import open_folder

WARM_LIVES: Final = 1_000
FLOOR_LIVES: Final = 5_000
QUIET_SECONDS: Final = 4 * 3600.0
PART_SECONDS: Final = 60.0
"""How often cost and memory are noted: a year that grows dearer month by month shows it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make replay-year", description=__doc__)
    parser.add_argument("--requests", type=int, help="how many requests the year has (default: the city's own)")
    parser.add_argument("--seed", type=int, default=311, help="which year is made")
    parser.add_argument("--no-record", action="store_true", help="do not append to results.jsonl")
    options = parser.parse_args()
    busy = figures.machine()["load_before"]
    with open_folder() as folder:
        count = options.requests or read_volumes(load_city(lives.CITY)).requests
        Room(folder).require(count)
        with platform(folder, parts=MEASURED) as town:
            measured = asyncio.run(measure(town, folder, count, options.seed))
    measured |= {"run": "replay-year", "load_before": busy}
    if not options.no_record and measured["complete"]:
        table.record(measured)
    print(figures.last_line(measured))
    return 0 if measured["complete"] else 1


async def measure(town: Town, folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Play the year; then, on the same platform with all it has stored, the floor and the doors."""
    eyes = await open_eyes(town)
    await play(town, WARM_LIVES, seed + 1)
    await eyes.quiet(0, QUIET_SECONDS)
    found = {"idle_percent_of_a_core": said("idle, % of a core", await idle(town, bench.IDLE_SECONDS))}
    found |= said("year", await year(town, eyes, folder, count, seed))
    found |= said("floor", bench.against_floor(town, FLOOR_LIVES, found))
    found |= {"latency_ms": said("latency", await latency.at_rates(town, eyes, folder, bench.RATES[:1], seed + 2))}
    found |= {"p99_ms": found["latency_ms"]["50"]["mail"]["p99"], "p99_ms_is": "mail at 50/s, after the year"}
    found |= said("http", await doors.accepts(town, eyes, folder, bench.HTTP_CALLS, seed + 3))
    return found | said("bulk", doors.bulk(town, bench.BULK_ROWS, seed + 5))


async def year(town: Town, eyes: Eyes, folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Play a year; the player's own CPU counts, for it is the agencies."""
    disk, records, taken, servers = disk_used(folder), logged(town), await eyes.consumed(), postgres_seconds(town)
    before, started = cpu_seconds(town), time.monotonic()
    played = await play(town, count, seed)
    ended, _ = await eyes.quiet(0, QUIET_SECONDS)
    spent, seconds = difference(cpu_seconds(town), before) | {"player": played["cpu_seconds"]}, ended - started
    by_process = {name: round(value / count * 1000, 3) for name, value in spent.items()}
    inside = difference(postgres_seconds(town), servers)
    events, peaks = logged(town) - records, peak_rss(town)
    return {
        "lives": count,
        "complete": played["complete"],
        "seconds": round(seconds, 1),
        "lives_per_second": round(count / seconds, 1),
        "events_per_second": round(events / seconds),
        "events_per_life": round(events / count, 2),
        "fetches_per_life": round((await eyes.consumed() - taken) / count, 2),
        "cpu_ms_per_life": round(sum(by_process.values()), 3),
        "cpu_ms_by_process": by_process,
        "postgres_cpu_ms": {name: round(value / count * 1000, 3) for name, value in inside.items()},
        "disk_bytes_per_life": {
            name: round(value / count) for name, value in difference(disk_used(folder), disk).items()
        },
        "rss_mb": max(peaks.values()),
        "rss_mb_by_service": peaks,
        "player_rss_mb": played["rss_mb"],
        "parts": played["parts"],
    }


async def play(town: Town, count: int, seed: int) -> dict[str, Any]:
    """Run the player in a process of its own, and note on the way how cost and memory develop."""
    command = ("-m", "relay311_drivers.year", "--requests", str(count), "--seed", str(seed), "--run", f"{seed}-{count}")
    child = _start(town, *command)
    try:
        spent, peak, parts = await _watch(town, child)
        words = child.communicate()[0].splitlines()
    finally:
        child.terminate()  # it may not outlive an interrupted run; one that has ended does not mind
    if not words:
        raise SystemExit("The year was not played to its end; the last line above says why.")
    told: dict[str, Any] = json.loads(words[-1])
    return {**told, "cpu_seconds": spent, "rss_mb": peak // 2**20, "parts": parts}


async def _watch(town: Town, child: "subprocess.Popen[str]") -> tuple[float, int, list[dict[str, Any]]]:
    """Wait for the player's end; tell its CPU seconds, its peak memory in bytes, and what each minute cost."""
    seen, parts = psutil.Process(child.pid), list[dict[str, Any]]()
    spent, peak, last = 0.0, 0, (time.monotonic(), cpu_seconds(town), logged(town, ("request.closed",)))
    while child.poll() is None:
        await asyncio.sleep(0.5)
        try:
            times, peak = seen.cpu_times(), max(peak, seen.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        spent = times.user + times.system
        if time.monotonic() - last[0] > PART_SECONDS:
            last = _part(town, last, parts)
    return spent, peak, parts


Since = tuple[float, dict[str, float], int]


def _part(town: Town, last: Since, parts: list[dict[str, Any]]) -> Since:
    """Note what the last minute cost for each closed life."""
    now: Since = (time.monotonic(), cpu_seconds(town), logged(town, ("request.closed",)))
    closed, spent = now[2] - last[2], sum(difference(now[1], last[1]).values())
    part = {"closed": now[2], "per_second": round(closed / (now[0] - last[0])), "rss_mb": max(peak_rss(town).values())}
    parts.append(part | {"cpu_ms_per_life": round(spent / closed * 1000, 2) if closed else None})
    return now


def _start(town: Town, *command: str) -> "subprocess.Popen[str]":
    """Start the player; what it says about its progress goes on to whoever watches."""
    environment = {**psutil.Process().environ(), **town.environment}
    return subprocess.Popen([sys.executable, *command], env=environment, stdout=subprocess.PIPE, text=True)


def disk_used(folder: Path) -> dict[str, float]:
    """Count the bytes taken by the log, the databases and their journal, which grows no further than it may."""
    parts = {"log": "run/kafka", "databases": "run/postgres/data/base", "journal": "run/postgres/data/pg_wal"}
    return {name: _bytes(folder / part) for name, part in parts.items()}


def _bytes(folder: Path) -> float:
    said_by_du = subprocess.run(["du", "-sk", str(folder)], capture_output=True, text=True, check=False)  # noqa: S607
    return float(said_by_du.stdout.split()[0]) * 1024


if __name__ == "__main__":
    raise SystemExit(main())
