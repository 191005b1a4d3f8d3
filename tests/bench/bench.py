"""What a life costs, process by process, beside the floor; what the doors take; how soon things follow."""

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
import doors
import figures
import floor
import lives
from stage import Town, admin_url, cpu_seconds, difference, open_eyes, peak_rss, platform

from relay311_local.access import ADMIN
from relay311_local.testing import open_folder

RESULTS: Final = Path(__file__).with_name("results.jsonl")
WARM_LIVES: Final = 1_000
HTTP_CALLS: Final = 4_000
BULK_ROWS: Final = 10_000
RATE, RATE_SECONDS = 50, 12


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--lives", type=int, default=5_000, help="how many whole lives to measure (default: 5000)")
    parser.add_argument("--seed", type=int, default=311, help="which reports are made")
    parser.add_argument("--no-record", action="store_true", help="do not append to results.jsonl")
    options = parser.parse_args()
    busy = figures.machine()["load_before"]
    with open_folder() as folder, platform(folder) as town:
        measured = asyncio.run(measure(town, folder, options.lives, options.seed)) | {"load_before": busy}
    if not options.no_record:
        figures.keep(RESULTS, measured)
    print(figures.last_line(measured))


async def measure(town: Town, folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Run every part once, the quiet ones first; each prints what it found."""
    eyes = await open_eyes(town)
    await lives.warm(town, eyes, WARM_LIVES, seed)
    found = said("lives", await lives.measure(town, eyes, count, seed + 1))
    found |= {"rss_mb": said("peak memory, MiB", peak_rss(town))}
    found |= said("floor", against_floor(town, count, found["cpu_ms_per_life"]))
    found |= {"p99_ms": {}, "latency_ms": await doors.latency(town, eyes, folder, RATE, RATE_SECONDS, seed + 2)}
    found["p99_ms"] = {name: of["p99"] for name, of in said("latency, ms", found["latency_ms"]).items()}
    found |= said("http", doors.accepts(town, folder, HTTP_CALLS, seed + 3))
    await eyes.quiet(0, lives.LONGEST_SECONDS)
    return found | said("bulk", doors.bulk(town, BULK_ROWS, seed + 4))


def said(what: str, found: dict[str, Any]) -> dict[str, Any]:
    print(f"{what}: {json.dumps(found)}", flush=True)
    return found


def against_floor(town: Town, count: int, ours: float) -> dict[str, Any]:
    """Measure the floor on the same broker and database, and divide it by what a life costs us."""
    servers = cpu_seconds(town)
    where = (f"127.0.0.1:{town.place.port('kafka')}", ADMIN, town.secrets["kafka_admin"], admin_url(town, "postgres"))
    spent = {"process": float(town.command(floor.__file__, *where, str(count)))}
    after = difference(cpu_seconds(town), servers)
    spent |= {name: after[name] for name in ("kafka", "postgres")}
    by_process = {name: round(value / count * 1000, 3) for name, value in spent.items()}
    total = round(sum(by_process.values()), 3)
    return {
        "floor_cpu_ms": total,
        "floor_by_process": by_process,
        "ratio_to_floor": figures.ratio(total, ours, floor.MOST_CPU_MS),
    }


if __name__ == "__main__":
    main()
