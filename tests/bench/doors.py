"""Intake's doors: accepts a second beside a bare FastAPI route, and bulk rows a second."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psutil
from figures import percentiles
from latency import bodies, send
from lives import LONGEST_SECONDS, post, reports
from stage import Eyes, Town, cpu_seconds, difference, frozen

from relay311_local.ports import free_port
from relay311_local.processes import is_open

HERE: Final = Path(__file__).parent
SMALL_CHUNK: Final = 1_000
ANSWERING: Final = ("intake", "postgres", "kafka")


async def accepts(town: Town, eyes: Eyes, folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Measure durable accepts, with everything downstream running and with it held still, beside the bare route."""
    bare = _bare_calls(town, bodies(town, folder, count, seed), count)
    with frozen(town):
        held = _our_calls(town, bodies(town, folder, count, seed), count)
    await eyes.quiet(0, LONGEST_SECONDS)
    few = count // 3  # all that follows has to be waited for
    full = _our_calls(town, bodies(town, folder, few, seed + 1), few)
    await eyes.quiet(0, LONGEST_SECONDS)
    return {
        "http_ratio_to_bare": round(held["per_second"] / bare["per_second"], 3),
        "http_ratio_to_bare_lives_running": round(full["per_second"] / bare["per_second"], 3),
        "http": {"everything_on": full, "downstream_held": held, "bare": bare},
    }


def _our_calls(town: Town, content: Path, count: int) -> dict[str, Any]:
    """Post to intake; PostgreSQL's and the broker's CPU are whole, so with everything on they do other work too."""
    before = cpu_seconds(town)
    found = _told(send(town, town.url("intake", "/requests"), content, 0))
    spent = difference(cpu_seconds(town), before)
    by_process = {name: round(spent[name] / count * 1e6) for name in ANSWERING}
    return found | {"cpu_us": sum(by_process.values()), "cpu_us_by_process": by_process}


def _bare_calls(town: Town, content: Path, count: int) -> dict[str, Any]:
    """Post to the bare route: once to warm it, once to measure."""
    with _bare() as (url, process):
        send(town, url, content, 0)
        before = process.cpu_times()
        found = _told(send(town, url, content, 0))
        after = process.cpu_times()
    spent = after.user + after.system - before.user - before.system
    return found | {"cpu_us": round(spent / count * 1e6)}


def _told(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Sum up calls: how many a second, with which answers, how soon."""
    seen = [str(call[0]) for call in sent["calls"]]
    return {
        "per_second": round(len(seen) / sent["seconds"]),
        "statuses": {status: seen.count(status) for status in sorted(set(seen))},
        "ms": percentiles([call[1] for call in sent["calls"]]),
    }


def bulk(town: Town, count: int, seed: int) -> dict[str, Any]:
    """Measure rows a second through the bulk door, with everybody downstream held still."""
    made = reports(town, count, seed)
    with frozen(town):
        before, started = cpu_seconds(town), time.monotonic()
        taken = post(town, made, SMALL_CHUNK)
        seconds = time.monotonic() - started
        spent = difference(cpu_seconds(town), before)
    cpu = {name: round(spent[name] / taken * 1e6) for name in ANSWERING}
    return {"bulk_rows_per_second": round(taken / seconds), "bulk_cpu_us_per_row": cpu}


@contextmanager
def _bare() -> Iterator[tuple[str, psutil.Process]]:
    port = free_port()
    child = subprocess.Popen([sys.executable, str(HERE / "bare.py"), str(port)])
    try:
        while not is_open(port):
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/requests", psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait()
