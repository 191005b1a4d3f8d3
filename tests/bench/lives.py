"""Whole lives: reports handed in, and everything that follows until each is closed and its survey invited."""

import time
from collections.abc import Sequence
from itertools import islice
from typing import Any

import httpx2
import orjson
from stage import ROOT, Eyes, Town, bulk_headers, cpu_seconds, difference, logged, postgres_seconds

from contracts.frontends import RequestSubmitted
from relay311_drivers.bodies import line_of
from relay311_drivers.generator import sample_day

CITY = ROOT / "cities" / "los-angeles"
CHUNK = 500
LONGEST_SECONDS = 300.0


def reports(town: Town, count: int, seed: int) -> list[RequestSubmitted]:
    """Make the city's own mix of reports."""
    return list(islice(sample_day(town.city, count, seed), count))


def post(town: Town, made: Sequence[RequestSubmitted], chunk: int = CHUNK) -> int:
    """Hand reports in as bulk posts; returns how many were taken."""
    lines = [orjson.dumps(line_of(report)) for report in made]
    bodies = [b"\n".join(lines[at : at + chunk]) for at in range(0, len(lines), chunk)]
    url, taken = town.url("intake", "/requests/bulk"), 0
    with httpx2.Client(headers=bulk_headers(town), timeout=60) as client:
        for body in bodies:
            answer = client.post(url, content=body)
            answer.raise_for_status()
            taken += answer.json()["accepted"]
    return taken


async def warm(town: Town, eyes: Eyes, count: int, seed: int) -> None:
    """Let the broker's compiler and every cache see the work once."""
    post(town, reports(town, count, seed))
    await eyes.quiet(0, LONGEST_SECONDS)


async def measure(town: Town, eyes: Eyes, count: int, seed: int) -> dict[str, Any]:
    """Measure N lives: rates, CPU-ms a life by process, events and fetches a life."""
    made = reports(town, count, seed)
    closed, records, taken = await eyes.closed(), logged(town), await eyes.consumed()
    at_desk = await eyes.at_desk()
    before, before_inside = cpu_seconds(town), postgres_seconds(town)
    started = time.monotonic()
    accepted = post(town, made)
    ended, closed_after = await eyes.quiet(closed + at_desk + accepted, LONGEST_SECONDS)
    spent, inside = difference(cpu_seconds(town), before), difference(postgres_seconds(town), before_inside)
    seconds, events = ended - started, logged(town) - records
    by_process = {name: round(value / accepted * 1000, 3) for name, value in spent.items()}
    return {
        "lives": accepted,
        "closed": closed_after - closed,
        "at_desk": await eyes.at_desk() - at_desk,
        "seconds": round(seconds, 1),
        "lives_per_second": round(accepted / seconds, 1),
        "events_per_second": round(events / seconds),
        "events_per_life": round(events / accepted, 2),
        "fetches_per_life": round((await eyes.consumed() - taken) / accepted, 2),
        "cpu_ms_per_life": round(sum(by_process.values()), 3),
        "cpu_ms_by_process": by_process,
        "postgres_cpu_ms": {name: round(value / accepted * 1000, 3) for name, value in inside.items()},
    }
