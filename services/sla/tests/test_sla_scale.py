"""What a sweep and a count read grows with what is due, and never with all there is; told by the planner."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from chassis.testing import Bench
from chassis.timers import ANY_DUE, SWEEP, TAKE
from sla import store
from sla.app import build
from sla.domain.escalation import TIMERS
from sla.domain.learning import PRINTED_WINDOW, Counted, ages_of, printed
from sla.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
SERVICE = "graffiti-removal"
KIND = "test.waits"
"""Nobody sweeps these, so that they lie as they were set."""


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]]) -> Bench:
    return await bench_factory(build, Settings, now=NOW)


async def fill(bench: Bench, count: int, since: datetime) -> None:
    """Set so many timers, a second after one another, from then on."""
    await bench.rows(
        "sla",
        "INSERT INTO due (kind, key, due_at, payload, on_event_clock)"
        " SELECT $1, gen_random_uuid()::text, $2::timestamptz + n * interval '1 second', '{}', false"
        " FROM generate_series(1, $3::int) n",
        KIND,
        since,
        count,
    )
    await bench.rows("sla", "VACUUM ANALYZE due")


async def cost(bench: Bench, text: str, *values: Any) -> tuple[int, int]:
    """Run a statement and take it back; returns the rows its scans gave and the pages it touched."""
    asked = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}"
    async with bench.running["sla"].database.pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        found = await connection.fetchval(asked, *values)
        await undone.rollback()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return scanned(plan), plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def scanned(plan: dict[str, Any]) -> int:
    """Add up the rows that scans gave, and those they threw away."""
    here = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) if "Scan" in plan["Node Type"] else 0
    return int(here * plan["Actual Loops"]) + sum(scanned(part) for part in plan.get("Plans", ()))


@pytest.mark.requirement("SLA-15", "SLA-16")
async def test_a_sweep_reads_what_is_due_and_nothing_of_what_is_open(bench: Bench) -> None:
    kinds, later = [*TIMERS, KIND], NOW + timedelta(days=1)
    pages: dict[int, list[int]] = {}
    for open_clocks in (20_000, 200_000):
        await bench.rows("sla", "TRUNCATE due")
        await fill(bench, open_clocks, later)
        rows, empty = await cost(bench, ANY_DUE, kinds, NOW)
        assert rows <= 2 * len(kinds), "a probe of the index for each kind"
        pages[open_clocks] = [empty]
        for due in (0, 100, 2_000):
            await fill(bench, due, NOW - timedelta(days=1))
            rows, touched = await cost(bench, TAKE, KIND, NOW, SWEEP)
            assert rows <= 5 * min(due, SWEEP) + 5, f"{due} due of {open_clocks}"
            pages[open_clocks].append(touched)
            await bench.rows("sla", "DELETE FROM due WHERE due_at <= $1", NOW)
    for few, many in zip(*pages.values(), strict=True):
        assert many <= 2 * few + 20, f"pages touched beside 20,000 and 200,000: {pages}"


@pytest.mark.requirement("SLA-04")
async def test_the_next_closings_read_as_many_pages_after_a_hundred_thousand(bench: Bench) -> None:
    """Adding a closing touches its own count; what was closed before is not looked at."""
    add = (
        "INSERT INTO closing_count (service_code, cohort, area, minutes, requests)"
        " SELECT 'graffiti-removal', date '2026-03-01', (n % 15)::text, 1440, 1 FROM generate_series(1, 15) n"
        " ON CONFLICT (service_code, cohort, area, minutes) DO UPDATE SET requests = closing_count.requests + 1"
    )
    pages = []
    for rows in (1_000, 100_000):
        await bench.rows(
            "sla",
            "INSERT INTO closing_count (service_code, cohort, area, minutes, requests)"
            " SELECT 'graffiti-removal', date '2024-01-01' + (n % 24) * 30, (n % 15)::text, 144 * n, 7"
            " FROM generate_series(1, $1::int) n ON CONFLICT DO NOTHING",
            rows,
        )
        await bench.rows("sla", "VACUUM ANALYZE closing_count")
        pages.append((await cost(bench, add))[1])
    assert pages[1] <= 2 * pages[0] + 30, pages


@pytest.mark.requirement("SLA-04")
async def test_what_the_database_adds_up_is_what_the_domain_counts(bench: Bench) -> None:
    await bench.rows(
        "sla",
        "INSERT INTO closing_count (service_code, cohort, area, minutes, requests)"
        " SELECT $1, (date '2024-02-01' + (n % 25) * interval '1 month')::date, (n % 4)::text, n * n % 90000, 1 + n % 9"
        " FROM generate_series(1, 3000) n ON CONFLICT DO NOTHING",
        SERVICE,
    )
    raw = await bench.rows("sla", "SELECT * FROM closing_count")
    middle = timedelta(days=15)
    every = [
        Counted(
            row["area"],
            min(datetime.combine(row["cohort"], time(0), UTC) + middle, NOW),
            row["minutes"],
            row["requests"],
            is_open=False,
        )
        for row in raw
    ]
    async with bench.running["sla"].database.transaction() as tx:
        counted = await store.counted(tx, [SERVICE], NOW)
        by_area = await store.area_ages(tx, counted, NOW, 30)
    assert len(counted[SERVICE]) < len(raw)
    assert ages_of(counted[SERVICE], NOW).closed == pytest.approx(ages_of(every, NOW).closed)
    assert by_area[SERVICE].keys() == {"0", "1", "2", "3"}
    for area, ages in by_area[SERVICE].items():
        own = ages_of([c for c in every if c.area == area], NOW)
        assert ages.closed == pytest.approx(own.closed)
    year = [c for c in every if c.opened >= NOW - PRINTED_WINDOW]
    assert printed(c for c in counted[SERVICE] if c.opened >= NOW - PRINTED_WINDOW) == printed(year)
