"""How cost grows: a life's cost by requests stored, a backlog drained with memory watched, and a quiet platform's cost.

The logs are not filled, only the databases: a life's cost depends on what is looked up, not on what was published.
"""

import argparse
import asyncio
import sys
import time
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
import backlog
import figures
import lives
import table
from bench import said
from stage import Town, idle, open_eyes, platform
from stored import Store

from relay311_drivers.progress import Progress
from relay311_local.testing import open_folder

TEMPLATE_LIVES: Final = 4_000
WARM_LIVES: Final = 500
IDLE_SECONDS: Final = 60
MOST_GROWTH: Final = 1.2


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-growth", description=__doc__)
    steps = "10000,100000,1000000"
    parser.add_argument("--stored", default=steps, help=f"how many are stored, by steps; 0 skips (default: {steps})")
    parser.add_argument("--lives", type=int, default=3_000, help="how many lives to measure at each (default: 3000)")
    parser.add_argument("--backlog", type=int, default=1_000_000, help="how many events to drain; 0 drains none")
    parser.add_argument("--seed", type=int, default=311, help="which reports are made")
    parser.add_argument("--no-record", action="store_true", help="do not append to results.jsonl (as without one part)")
    options = parser.parse_args()
    measured: dict[str, Any] = {"run": "bench-growth", "load_before": figures.machine()["load_before"]}
    sizes = [int(one) for one in options.stored.split(",") if int(one)]
    if sizes:
        with open_folder() as folder, platform(folder) as town:
            measured |= asyncio.run(grow(town, sizes, options))
    if options.backlog:
        with open_folder() as folder:
            measured |= drained(folder, options.backlog, options.seed)
    if sizes and options.backlog and not options.no_record:
        table.record(measured)
    print(figures.last_line(measured))


async def grow(town: Town, sizes: list[int], options: argparse.Namespace) -> dict[str, Any]:
    """Measure lives at each size, and what the full platform costs when nothing happens."""
    eyes, progress = await open_eyes(town), Progress()
    await lives.warm(town, eyes, TEMPLATE_LIVES, options.seed)
    store = Store(eyes.by_service, progress.say)
    await store.take_templates()
    steps: list[dict[str, Any]] = []
    for nth, size in enumerate(sorted(sizes)):
        started = time.monotonic()
        stored = await store.fill(size)
        progress.tell(f"{stored:,} requests stored after {time.monotonic() - started:.0f} s")
        await lives.warm(town, eyes, WARM_LIVES, options.seed + 10 * nth + 1)
        found = await lives.measure(town, eyes, options.lives, options.seed + 10 * nth + 2)
        first = steps[0]["cpu_ms_per_life"] if steps else found["cpu_ms_per_life"]
        step = {"stored": stored, **found, "to_first": round(found["cpu_ms_per_life"] / first, 3)}
        steps.append(said(f"lives at {stored:,} stored", step))
    last = {name: steps[-1][name] for name in ("lives_per_second", "events_per_second", "cpu_ms_per_life")}
    quiet = said("idle, % of a core", await idle(town, IDLE_SECONDS))
    held = steps[-1]["to_first"] <= MOST_GROWTH
    return {**last, "growth": steps, "growth_held": held, "idle_percent_of_a_core": quiet}


def drained(folder: Path, events: int, seed: int) -> dict[str, Any]:
    """Pile a backlog up and drain it."""
    progress = Progress()
    alone, every = backlog.place(folder)
    with alone as town:
        held = asyncio.run(backlog.pile_up(town, events, seed * 1_000_000, progress))
    with every as town:
        found = {"events": held} | asyncio.run(backlog.drain(town, progress))
    return {"backlog": said("backlog", found), "rss_mb": found["rss_mb"]}


if __name__ == "__main__":
    main()
