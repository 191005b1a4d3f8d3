"""A backlog drained: events pile up while only intake runs, then the other services are started and read them all."""

import time
from pathlib import Path
from typing import Any, Final

from lives import post, reports
from stage import MEASURED, Eyes, Town, cpu_seconds, difference, logged, open_eyes, peak_rss, platform

from relay311_drivers.progress import Progress

CHUNK: Final = 1_000
LONGEST_SECONDS: Final = 4 * 3600.0


async def pile_up(town: Town, events: int, seed: int, progress: Progress) -> int:
    """Hand reports in until the log holds as many events; tell how many it holds. Intake alone is running."""
    held, started = logged(town), time.monotonic()
    while held < events:
        for _ in range(20):
            seed += 1
            post(town, reports(town, CHUNK, seed), CHUNK)
        held, passed = logged(town), time.monotonic() - started
        progress.say(f"piling up: {held:,} of {events:,} events, {held / passed:,.0f}/s")
    return held


async def drain(town: Town, progress: Progress) -> dict[str, Any]:
    """Let the services read everything there is; tell how long it took and how much memory they needed."""
    eyes = await open_eyes(town)
    began, before, started = await eyes.consumed(), cpu_seconds(town), time.monotonic()

    def say(count: int) -> None:
        read, passed = count - began, time.monotonic() - started
        progress.say(f"draining: {read:,} read, {read / (passed or 1):,.0f}/s, memory {peak_rss(town)}")

    ended, _ = await eyes.quiet(0, LONGEST_SECONDS, say)
    spent, read = difference(cpu_seconds(town), before), await eyes.consumed() - began
    peaks, seconds = peak_rss(town), ended - started
    return {
        "seconds": round(seconds, 1),
        "fetches": read,
        "fetches_per_second": round(read / seconds),
        "cpu_us_per_fetch": round(sum(spent.values()) / max(1, read) * 1e6, 1),
        "rss_mb": max(peaks.values()),
        "rss_mb_by_service": peaks,
        "left": await _left(eyes),
    }


async def _left(eyes: Eyes) -> int:
    """Count the messages that are due and not yet handed over."""
    return int(await eyes.by_service["notify"].fetchval("SELECT count(*) FROM intent WHERE settled_at IS NULL"))


def place(folder: Path) -> tuple[Any, Any]:
    """Give the two platforms of a backlog, one after the other: intake alone, then every service but no agencies."""
    return platform(folder, parts=("intake",)), platform(folder, parts=MEASURED)
