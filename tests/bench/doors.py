"""Intake's door: accepts a second beside a bare FastAPI route, bulk rows a second, and how soon things follow."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson
import psutil
from figures import percentiles
from lives import LONGEST_SECONDS, post, reports
from stage import Eyes, Town, cpu_seconds, difference, frozen

from relay311_drivers.bodies import form_of
from relay311_local.processes import free_port, is_open

HERE: Final = Path(__file__).parent
SMALL_CHUNK: Final = 1_000
_SETTLED: Final = """
SELECT request_id::text, settled_at FROM intent WHERE moment = 'received' AND request_id = ANY($1::uuid[])
AND settled_at IS NOT NULL
"""


def accepts(town: Town, folder: Path, count: int, seed: int) -> dict[str, Any]:
    """Measure durable accepts with everything on, and the bare route; CPU-µs are of the process that answers."""
    bodies = _bodies(town, folder, count, seed)
    with _bare() as (bare_url, process):
        _send(town, bare_url, bodies, 0)
        before = process.cpu_times()
        bare = _send(town, bare_url, bodies, 0)
        after = process.cpu_times()
    spent = cpu_seconds(town)
    with frozen(town):
        ours = _send(town, town.url("intake", "/requests"), bodies, 0)
        spent = difference(cpu_seconds(town), spent)
    rates = [len(one["calls"]) / one["seconds"] for one in (ours, bare)]
    bare_cpu = (after.user + after.system - before.user - before.system) / count
    return {
        "accepts_per_second": round(rates[0]),
        "bare_per_second": round(rates[1]),
        "http_ratio_to_bare": round(rates[0] / rates[1], 3),
        "statuses": _statuses(ours),
        "post_ms": percentiles([call[1] for call in ours["calls"]]),
        "bare_ms": percentiles([call[1] for call in bare["calls"]]),
        "accept_cpu_us": {name: round(spent[name] / count * 1e6) for name in ("intake", "postgres", "kafka")},
        "bare_cpu_us": round(bare_cpu * 1e6),
    }


def bulk(town: Town, count: int, seed: int) -> dict[str, Any]:
    """Measure rows a second through the bulk door, with everybody downstream held still."""
    made = reports(town, count, seed)
    with frozen(town):
        before, started = cpu_seconds(town), time.monotonic()
        taken = post(town, made, SMALL_CHUNK)
        seconds = time.monotonic() - started
        spent = difference(cpu_seconds(town), before)
    cpu = {name: round(spent[name] / taken * 1e6) for name in ("intake", "postgres", "kafka")}
    return {"bulk_rows_per_second": round(taken / seconds), "bulk_cpu_us_per_row": cpu}


async def latency(
    town: Town, eyes: Eyes, folder: Path, rate: int, seconds: int, seed: int
) -> dict[str, dict[str, float]]:
    """Measure, at a steady rate, how long after its answer a request is assigned, promised and its mail handed over."""
    sent = _send(town, town.url("intake", "/requests"), _bodies(town, folder, rate * seconds, seed), rate)
    await eyes.quiet(0, LONGEST_SECONDS)
    answered = {call[3]: call[2] for call in sent["calls"] if call[0] == 201}
    mails = await eyes.by_service["notify"].fetch(_SETTLED, list(answered))
    found = {
        "assigned": _appended(town, "request.assigned"),
        "promised": _appended(town, "request.promised"),
        "mail": {row["request_id"]: row["settled_at"].timestamp() for row in mails},
    }
    spans = {name: [at[one] - answered[one] for one in answered if one in at] for name, at in found.items()}
    return {"post": percentiles([call[1] for call in sent["calls"]])} | {
        name: percentiles([span * 1000 for span in them]) for name, them in spans.items()
    }


def _appended(town: Town, topic: str) -> Mapping[str, float]:
    """Tell when each request's first record of a topic was appended."""
    first: dict[str, float] = {}
    for message in town.records([topic]):
        key, (_, moment) = message.key(), message.timestamp()
        if key is not None:
            first.setdefault(key.decode(), moment / 1000)
    return first


def _bodies(town: Town, folder: Path, count: int, seed: int) -> Path:
    path = folder / f"bodies-{seed}.ndjson"
    path.write_bytes(b"\n".join(orjson.dumps(form_of(report)) for report in reports(town, count, seed)))
    return path


def _send(town: Town, url: str, bodies: Path, rate: int) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(town.command(str(HERE / "load.py"), url, str(bodies), str(rate)))
    return said


def _statuses(sent: Mapping[str, Any]) -> dict[str, int]:
    seen = [str(call[0]) for call in sent["calls"]]
    return {status: seen.count(status) for status in sorted(set(seen))}


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
