"""What a life costs, process by process, beside the floor; what the doors take; how soon things follow."""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
import doors
import figures
import floor
import latency
import lives
import table
from stage import Town, admin_url, cpu_seconds, difference, idle, open_eyes, peak_rss, platform

from relay311_local.access import ADMIN
from relay311_local.testing import open_folder

WARM_LIVES: Final = 1_000
SMTP_WARM_LIVES: Final = 300
IDLE_SECONDS: Final = 15
HTTP_CALLS: Final = 4_000
BULK_ROWS: Final = 10_000
RATES: Final = ((50, 10), (200, 10), (500, 8))
"""Requests a second, and for how many seconds, to a sink for mails."""
SMTP_RATE: Final = (20, 15)
RATES_UNTIL: Final = 200.0
"""Seconds after which no rate is begun, so that the run ends within five minutes."""
P99_OF: Final = "200"
"""The rate whose time from the moment a call was due to its mail handed over is the run's `p99_ms`."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--lives", type=int, default=5_000, help="how many whole lives to measure (default: 5000)")
    parser.add_argument("--seed", type=int, default=311, help="which reports are made")
    parser.add_argument("--no-record", action="store_true", help="do not append to results.jsonl")
    options = parser.parse_args()
    started, busy = time.monotonic(), figures.machine()["load_before"]
    with open_folder() as folder:
        with platform(folder, delivery="live") as town:
            smtp = asyncio.run(over_smtp(town, folder, options.seed))
        with platform(folder) as town:
            measured = asyncio.run(measure(town, folder, options, started + RATES_UNTIL))
    measured["latency_ms"] |= smtp
    measured |= {"run": "bench", "load_before": busy, "run_seconds": round(time.monotonic() - started)}
    if not options.no_record:
        table.record(measured)
    print(figures.last_line(measured))


async def over_smtp(town: Town, folder: Path, seed: int) -> dict[str, Any]:
    """Measure how soon things follow when every mail goes over SMTP."""
    eyes = await open_eyes(town)
    await lives.warm(town, eyes, SMTP_WARM_LIVES, seed + 100)
    found = await latency.at_rate(town, eyes, folder, *SMTP_RATE, seed + 101)
    return said("latency over SMTP, ms", {f"{SMTP_RATE[0]} smtp": found})


async def measure(town: Town, folder: Path, options: argparse.Namespace, until: float) -> dict[str, Any]:
    """Run every part once, the quiet ones first; each prints what it found. No rate is begun after `until`."""
    eyes, count, seed = await open_eyes(town), options.lives, options.seed
    await lives.warm(town, eyes, WARM_LIVES, seed)
    found = {"idle_percent_of_a_core": said("idle, % of a core", await idle(town, IDLE_SECONDS))}
    found |= said("lives", await lives.measure(town, eyes, count, seed + 1))
    found |= said("peak memory, MiB", memory(town))
    found |= said("floor", against_floor(town, count, found))
    found |= {"latency_ms": said("latency, ms", await latency.at_rates(town, eyes, folder, RATES, seed + 2, until))}
    found |= {"p99_ms": found["latency_ms"][P99_OF].get("mail", {}).get("p99"), "p99_ms_is": f"mail at {P99_OF}/s"}
    found |= said("http", await doors.accepts(town, eyes, folder, HTTP_CALLS, seed + 3))
    return found | said("bulk", doors.bulk(town, BULK_ROWS, seed + 5))


def memory(town: Town) -> dict[str, Any]:
    """Tell the peak memory of the largest service, and of each."""
    peaks = peak_rss(town)
    return {"rss_mb": max(peaks.values()), "rss_mb_by_service": peaks}


def said(what: str, found: dict[str, Any]) -> dict[str, Any]:
    print(f"{what}: {json.dumps(found)}", flush=True)
    return found


def against_floor(town: Town, count: int, ours: Mapping[str, Any]) -> dict[str, Any]:
    """Measure the floor on the same broker and database, and divide it by what a life costs us.

    What the platform's own quiet running costs the servers meanwhile is not the floor's, and is taken off.
    """
    servers, started = cpu_seconds(town), time.monotonic()
    where = (f"127.0.0.1:{town.place.port('kafka')}", ADMIN, town.secrets["kafka_admin"], admin_url(town, "postgres"))
    spent = {"process": float(town.command(floor.__file__, *where, str(count)))}
    after, passed = difference(cpu_seconds(town), servers), time.monotonic() - started
    quiet = {name: share / 100 * passed for name, share in ours["idle_percent_of_a_core"]["by_process"].items()}
    spent |= {name: max(0.0, after[name] - quiet[name]) for name in ("kafka", "postgres")}
    by_process = {name: round(value / count * 1000, 3) for name, value in spent.items()}
    total = round(sum(by_process.values()), 3)
    return {
        "floor_cpu_ms": total,
        "floor_by_process": by_process,
        "floor_valid": total <= floor.MOST_CPU_MS,
        "ratio_to_floor": figures.ratio(total, ours["cpu_ms_per_life"], floor.MOST_CPU_MS),
    }


if __name__ == "__main__":
    main()
