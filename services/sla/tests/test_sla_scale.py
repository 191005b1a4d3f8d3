"""What a sweep and a count read grows with what is due, and never with all there is; told by the planner."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from chassis.testing import Bench
from chassis.timers import ANY_DUE, SWEEP, TAKE
from sla import store
from sla.app import build
from sla.domain.escalation import TIMERS
from sla.domain.forecast import Lesson, minutes_to_close
from sla.domain.learning import PRINTED_WINDOW, Counted, ages_of, gathered, printed
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
    """Adding a closing touches its own counts; what was closed before is not looked at."""
    for table, columns in (("closing_count", "minutes"), ("closing_age", "age_class, area")):
        more = ", (n % 15)::text" if "area" in columns else ""
        known = f"SELECT '{SERVICE}', date '2024-01-01' + (n % 24) * 30, n % 200{more}, 7"
        new = f"SELECT '{SERVICE}', date '2026-03-01', n{more}, 1"
        into = f"INSERT INTO {table} (service_code, cohort, {columns}, requests)"
        add = f"{into} {new} FROM generate_series(1, 15) n ON CONFLICT ON CONSTRAINT {table}_pkey"
        pages = []
        for rows in (1_000, 100_000):
            await bench.rows("sla", f"{into} {known} FROM generate_series(1, $1::int) n ON CONFLICT DO NOTHING", rows)
            await bench.rows("sla", f"VACUUM ANALYZE {table}")
            pages.append((await cost(bench, f"{add} DO UPDATE SET requests = {table}.requests + 1"))[1])
        assert pages[1] <= 2 * pages[0] + 30, (table, pages)


@pytest.mark.requirement("SLA-04")
async def test_what_the_database_adds_up_is_what_the_domain_counts(bench: Bench) -> None:
    lessons = Counter[Lesson]()
    for n in range(1, 3001):
        year, month = divmod(n % 25 + 1, 12)
        minutes = minutes_to_close(NOW, NOW + n * n % 90_000 * timedelta(minutes=1))
        lessons[Lesson(SERVICE, date(2024 + year, month + 1, 1), str(n % 4), minutes)] += 1 + n % 9
    middle = timedelta(days=15)
    every = [
        Counted(
            lesson.area,
            min(datetime.combine(lesson.cohort, time(0), UTC) + middle, NOW),
            lesson.minutes,
            requests,
            is_open=False,
        )
        for lesson, requests in lessons.items()
    ]
    async with bench.running["sla"].database.transaction() as tx:
        half = {lesson: requests // 2 for lesson, requests in lessons.items()}
        await store.add_closings(tx, half)
        await store.add_closings(tx, {lesson: requests - half[lesson] for lesson, requests in lessons.items()})
        known = await store.known(tx, [SERVICE], NOW)
        by_area = await store.area_ages(tx, known, NOW, 30)
    whole = gathered(every)
    assert len(known[SERVICE].closed) == 25, "a row for each month"
    assert ages_of(known[SERVICE], NOW).closed == pytest.approx(ages_of(whole, NOW).closed)
    assert by_area[SERVICE].keys() == {"0", "1", "2", "3"}
    for area, ages in by_area[SERVICE].items():
        own = ages_of(gathered(c for c in every if c.area == area), NOW)
        assert ages.closed == pytest.approx(own.closed)
    assert printed(known[SERVICE].since(NOW - PRINTED_WINDOW)) == printed(whole.since(NOW - PRINTED_WINDOW))
