"""sla after ever more closings: what the next thousand cost, and what it costs to count every service anew."""

import statistics
import time
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import uuid4

from chassis.ids import partition_of
from chassis.migrations import migrate
from chassis.records import Outgoing
from chassis.testing import Bench, Keys, TestClock
from contracts.event import RequestFacts, encode
from contracts.intake import RequestClosed
from contracts.vocabulary import Disposition
from relay311_drivers.progress import Progress
from relay311_local.testing import postgres_server
from sla.app import build
from sla.domain.curve import CLASSES, ends
from sla.settings import Settings

NOW: Final = datetime(2026, 3, 2, 17, tzinfo=UTC)
CITY: Final = Path(__file__).parents[2] / "cities" / "los-angeles"
CHUNK: Final = 200_000
BATCH: Final = 1_000
COUNTS: Final = ("closing_count", "closing_age")
ENDS: Final = [ceil(ends(number) - 1e-9) for number in range(CLASSES - 1)]

_CLOSED: Final = """
WITH given AS (
  SELECT n, s.code, $3::timestamptz - random() * interval '730 days' AS opened, (random() * 14)::int + 1 AS area,
    exp(ln(s.median) + 1.1 * random_normal()) * 1440 AS minutes
  FROM generate_series($1::bigint, $2::bigint) n
  JOIN (SELECT code, 0.5 * 1.15 ^ (place % 30) AS median, place - 1 AS place
        FROM unnest($4::text[]) WITH ORDINALITY AS u(code, place)) AS s ON s.place = n % cardinality($4::text[])
), made AS (
  INSERT INTO clock
    (request_id, service_code, opened_at, event_clock, closed_at, counted, area, agency, revision, stage)
  SELECT md5('closed' || n)::uuid, code, opened, false, opened + minutes * interval '1 minute',
    CASE WHEN minutes < 120 THEN round(minutes) WHEN minutes < 1440 THEN round(minutes / 12) * 12
         ELSE round(minutes / 144) * 144 END, area::text, 'sanitation', 1, 1
  FROM given RETURNING service_code, date_trunc('month', opened_at)::date AS cohort, area, counted
), noted AS (
  INSERT INTO closing_count (service_code, cohort, minutes, requests)
  SELECT service_code, cohort, counted, count(*) FROM made GROUP BY 1, 2, 3
  ON CONFLICT (service_code, cohort, minutes) DO UPDATE SET requests = closing_count.requests + excluded.requests
), aged AS (
  INSERT INTO closing_age (service_code, area, cohort, age_class, requests)
  SELECT service_code, area, cohort, width_bucket(counted, $5::int[]), count(*) FROM made GROUP BY 1, 2, 3, 4
  ON CONFLICT (service_code, area, cohort, age_class) DO UPDATE SET requests = closing_age.requests + excluded.requests
)
UPDATE forecast f SET closed = f.closed + m.n FROM (SELECT service_code, count(*) AS n FROM made GROUP BY 1) AS m
WHERE m.service_code = f.service_code
"""


@contextmanager
def database() -> Iterator[str]:
    """Make a migrated database of sla's, and drop it."""
    with postgres_server() as server:
        url = server.create_database()
        try:
            yield url
        finally:
            server.drop_database(url)


async def closings(steps: list[int]) -> list[dict[str, Any]]:
    """Measure the next thousand closings, and a count of every service, after each so many."""
    with database() as url:
        keys, clock, progress, found = Keys(), TestClock(NOW), Progress(), list[dict[str, Any]]()
        service = build(Settings(database_url=url, city=CITY, token_public_key=keys.public))
        await migrate(url, "sla", service.metadata)
        bench, there = Bench([service], keys, clock), 0
        async with bench:
            await bench.quiet()
            codes = [row["service_code"] for row in await bench.rows("sla", "SELECT service_code FROM forecast")]
            for nth, size in enumerate(steps):
                started = time.monotonic()
                for at in range(there + 1, size + 1, CHUNK):
                    await bench.rows("sla", _CLOSED, at, min(at + CHUNK - 1, size), NOW, codes, ENDS)
                    progress.say(f"{min(at + CHUNK - 1, size):,} closings loaded")
                there = size
                for table in COUNTS:
                    await bench.rows("sla", f"VACUUM ANALYZE {table}")
                progress.tell(f"{size:,} closings after {time.monotonic() - started:.0f} s")
                found.append({"closings": size, **await _next(bench, nth, codes)})
        return found


async def _next(bench: Bench, nth: int, codes: list[str]) -> dict[str, Any]:
    """Count every service once, then let a thousand more be closed, three times over."""
    bench.clock.now += timedelta(days=1)
    daily = await timed(bench.advance(timedelta(0)))
    spread = [await timed(_close(bench, f"{nth}-{again}", codes)) for again in range(3)]
    kept = {table: await bench.rows("sla", f"SELECT count(*) AS rows FROM {table}") for table in COUNTS}
    return {
        "next_1000_closings_ms": round(statistics.median(took.seconds for took in spread) * 1000, 1),
        "next_1000_closings_cpu_ms": round(statistics.median(took.cpu_seconds for took in spread) * 1000, 1),
        "count_every_service_ms": round(daily.seconds * 1000),
        "count_every_service_cpu_ms": round(daily.cpu_seconds * 1000),
        "rows_kept": {table: rows[0]["rows"] for table, rows in kept.items()},
    }


class Took(NamedTuple):
    """How long work took by the clock, and how much of it this process was at work; the database's own is not in it."""

    seconds: float
    cpu_seconds: float


async def timed(work: Awaitable[Any]) -> Took:
    """Do work and say how long it took."""
    started, cpu = time.perf_counter(), time.process_time()
    await work
    return Took(time.perf_counter() - started, time.process_time() - cpu)


async def _close(bench: Bench, name: str, codes: list[str]) -> None:
    at, outgoing = bench.clock.now, []
    for number in range(BATCH):
        about = RequestFacts(tracking_number="7KQ2-9MXA-4TBC-R", service_code=codes[number % len(codes)],
                             opened_at=at - timedelta(days=number % 30, hours=7))  # fmt: skip
        event = RequestClosed(request_id=uuid4(), sequence=1, about=about, closure_id=uuid4(), closed_at=at,
                              disposition=Disposition.FIXED, explanation={"en": name}, closed_by="agency:sanitation",
                              agencies=("sanitation",), reopen_count=0)  # fmt: skip
        place = partition_of(event.key, bench.topology.partitions(event.TYPE))
        value = encode(event, uuid4().hex, "bench", at)
        outgoing.append(Outgoing(event.TYPE, place, event.key, value))
    await bench.cluster.append(outgoing)
    await bench.quiet()
