"""sla at scale: a sweep beside a million open clocks, two instances sharing what is due, forecasts after ten million.

The clocks and closings are made up and loaded in bulk into a PostgreSQL of the run's own, which goes with it; what is
measured runs through the service's own sweeper and consumer.
"""

import argparse
import asyncio
import json
import logging
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))
import figures
import structlog
from closings import CHUNK, CITY, NOW, Took, closings, database, timed

from chassis.database import Database
from chassis.migrations import migrate
from chassis.telemetry import Telemetry
from chassis.testing import Keys, TestClock
from chassis.timers import Sweeper
from chassis.topology import Topology
from relay311_drivers.progress import Progress
from sla.app import build
from sla.settings import Settings

SERVICE: Final = "graffiti-removal"
EMPTY_SWEEPS: Final = 200
COHORTS: Final = {"100": 100, "10000": 10_000, "shared": 10_000}
"""How many become due together, an hour after one another; the last by two instances at once."""
ABOUT: Final = (
    '{"about": {"tracking_number": "7KQ2-9MXA-4TBC-R", "service_code": "graffiti-removal", "language": "en",'
    ' "contact_refs": [], "channel": "web", "opened_at": "2026-02-20T17:00:00Z", "clock": "wall"}}'
)

_OPEN: Final = """
INSERT INTO clock (request_id, service_code, opened_at, event_clock, due_at, at_risk_at, deadline_at, expected_at,
  revision, agency, area, at_risk_told)
SELECT md5($1 || n)::uuid, $2, $3::timestamptz - interval '10 days', false, $3 + d, $3 + d - interval '1 day', $3 + d,
  $3 + interval '90 days', 1, 'sanitation', (n % 15 + 1)::text, $5
FROM (SELECT n, $6::interval + n % $7 * interval '1 minute' AS d FROM generate_series(1, $4::int) n) AS made
"""
_DUE: Final = """
INSERT INTO due (kind, key, due_at, payload, on_event_clock)
SELECT $2, md5($1 || n)::uuid::text, $3::timestamptz + $5::interval + n % $6 * interval '1 minute', $7::text::jsonb,
  false
FROM generate_series(1, $4::int) n
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-clocks", description=__doc__)
    parser.add_argument("--clocks", type=int, default=1_000_000, help="open clocks; 0 skips (default: 1000000)")
    sizes = "10000,100000,1000000,10000000"
    parser.add_argument("--closings", default=sizes, help=f"closings, by steps; 0 skips (default: {sizes})")
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    measured: dict[str, Any] = {"run": "bench-clocks", "load_before": figures.machine()["load_before"]}
    steps = sorted(int(one) for one in options.closings.split(",") if int(one))
    if options.clocks:
        measured["sweeps"] = [asyncio.run(sweeps(size)) for size in sorted({10_000, options.clocks})]
    if steps:
        measured["closings"] = asyncio.run(closings(steps))
    print(json.dumps(measured))


# --- open clocks -----------------------------------------------------------------------------------------------------


async def sweeps(size: int) -> dict[str, Any]:
    """Measure sweeps beside so many open clocks: with nothing due, with a hundred, with ten thousand."""
    with database() as url:
        keys, clock, progress = Keys(), TestClock(NOW), Progress()
        service = build(Settings(database_url=url, city=CITY, token_public_key=keys.public))
        await migrate(url, "sla", service.metadata)
        one, two = [Database(url, "sla", _topology(service), _eyes(), service.metadata, clock) for _ in range(2)]
        await asyncio.gather(one.start(4), two.start(4))
        first, second = [Sweeper(service.timers, each, lambda _n: None) for each in (one, two)]
        loaded = time.monotonic()
        await _fill(one, size)
        progress.tell(f"{size:,} open clocks, {2 * size:,} timers after {time.monotonic() - loaded:.0f} s")
        found: dict[str, Any] = {"open": size, "none_due_ms": await _empty(first)}
        for hour, (name, due) in enumerate(COHORTS.items(), 1):
            clock.now = NOW + timedelta(hours=hour)
            sweepers = [first, second] if name == "shared" else [first]
            took, shares = await _until_empty(sweepers)
            told = await _told(one)
            assert told == (due, due), f"{name}: {told} events and requests, {due} were due"
            found[f"due_{name}_ms"] = round(took.seconds * 1000, 1)
            found[f"due_{name}_cpu_ms"] = round(took.cpu_seconds * 1000, 1)
            found["shares"] = shares
            progress.tell(f"{name} due: {found[f'due_{name}_ms']} ms")
        found["none_due_again_ms"] = await _empty(first)
        await asyncio.gather(one.stop(), two.stop())
        return found


async def _fill(into: Database, size: int) -> None:
    """Load clocks that are due in days to come, and those that are due together within hours."""
    soon, later = timedelta(minutes=1), timedelta(days=3)
    async with into.reads() as reads:
        for at in range(0, size, CHUNK):
            some, name = min(CHUNK, size - at), f"{at}-"
            await reads.sql(_OPEN, name, SERVICE, NOW, some, 0, later, 80_000)
            for kind, early in (("sla.at_risk", timedelta(days=1)), ("sla.breach", timedelta(0))):
                await reads.sql(_DUE, name, kind, NOW, some, later - early, 80_000, ABOUT)
        for hour, (name, due) in enumerate(COHORTS.items(), 1):
            await reads.sql(_OPEN, name, SERVICE, NOW, due, 1, hour * timedelta(hours=1) - soon, 1)
            await reads.sql(_DUE, name, "sla.breach", NOW, due, hour * timedelta(hours=1) - soon, 1, ABOUT)
        await reads.sql("VACUUM ANALYZE clock")
        await reads.sql("VACUUM ANALYZE due")


async def _empty(sweeper: Sweeper) -> float:
    took = []
    for _ in range(EMPTY_SWEEPS):
        started = time.perf_counter()
        assert await sweeper.sweep() == 0
        took.append(time.perf_counter() - started)
    return round(statistics.median(took) * 1000, 3)


async def _until_empty(sweepers: list[Sweeper]) -> tuple[Took, list[int]]:
    shares: list[int] = []

    async def sweep(sweeper: Sweeper) -> None:
        total = 0
        while found := await sweeper.sweep():
            total += found
        shares.append(total)

    return await timed(asyncio.gather(*(sweep(sweeper) for sweeper in sweepers))), shares


async def _told(of: Database) -> tuple[int, int]:
    """Count what was published, and of how many requests; then take it away, as a relay would."""
    async with of.reads() as reads:
        rows = await reads.sql("SELECT count(*) AS events, count(DISTINCT key) AS requests FROM outbox"
                               " WHERE topic = 'request.escalated'")  # fmt: skip
        await reads.sql("TRUNCATE outbox")
    return rows[0]["events"], rows[0]["requests"]


def _topology(service: Any) -> Topology:
    return Topology(tuple(service.agencies), tuple(service.adapted))


def _eyes() -> Telemetry:
    return Telemetry.over_http("sla", None, 0.0)


if __name__ == "__main__":
    main()
