"""Forecasts by area and backlog on a real database: late work is expected anew, areas told apart, counts few."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.ids import derived_uuid, partition_of
from chassis.records import Outgoing
from chassis.testing import Bench
from chassis.timers import Sweeper
from contracts.event import RequestFacts, encode
from contracts.frontends import Place
from contracts.intake import RequestClosed, RequestCreated
from contracts.sla import ForecastPublished, RequestEscalated, RequestPromised
from contracts.vocabulary import Clock, Disposition, Operator
from sla.app import build
from sla.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SERVICE = "graffiti-removal"


def request_id(number: int) -> UUID:
    return derived_uuid("sla forecasting", number)


def facts(opened_at: datetime) -> RequestFacts:
    return RequestFacts(tracking_number="7KQ2-9MXA-4TBC-R", service_code=SERVICE, opened_at=opened_at, clock=Clock.WALL)


def created(number: int, area: str = "1", opened_at: datetime = NOW) -> RequestCreated:
    place = Place(latitude=34.05, longitude=-118.24, area={"council_district": area, "police_precinct": "X"})
    return RequestCreated(
        request_id=request_id(number), sequence=1, about=facts(opened_at), place=place, operator=Operator.CITY_311
    )


def closed(number: int, after: timedelta, opened_at: datetime = NOW) -> RequestClosed:
    return RequestClosed(
        request_id=request_id(number),
        sequence=1,
        about=facts(opened_at),
        closure_id=derived_uuid("closure", number),
        disposition=Disposition.FIXED,
        explanation={"en": "Done."},
        closed_at=opened_at + after,
        closed_by="agency:sanitation",
        agencies=("sanitation",),
        reopen_count=0,
    )


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]]) -> Bench:
    return await bench_factory(build, Settings, now=NOW)


def promises(bench: Bench, number: int) -> list[RequestPromised]:
    return [p for p in bench.events("request.promised", RequestPromised) if p.request_id == request_id(number)]


async def feed(bench: Bench, events: Iterable[RequestCreated | RequestClosed]) -> None:
    """Append many events at once, then wait."""
    at, outgoing = bench.clock.now, []
    for event in events:
        value = encode(event, uuid4().hex, "test", at)
        place = partition_of(event.key, bench.topology.partitions(event.TYPE))
        outgoing.append(Outgoing(event.TYPE, place, event.key, value))
    await bench.cluster.append(outgoing)
    await bench.quiet()


async def live(bench: Bench, first: int, count: int, after: timedelta, area: str = "1") -> None:
    numbers = range(first, first + count)
    await feed(bench, (created(number, area) for number in numbers))
    await feed(bench, (closed(number, after) for number in numbers))


@pytest.mark.requirement("SLA-14")
async def test_what_is_late_is_expected_anew_by_how_the_rest_of_such_work_ends(bench: Bench) -> None:
    await live(bench, 1000, 300, timedelta(hours=20))
    await live(bench, 2000, 40, 30 * DAY)
    await bench.feed(created(1))
    (first,) = promises(bench, 1)
    assert first.expected_at is not None
    assert "by March 3, 2026" in first.words["en"]
    assert "3 de marzo de 2026" in first.words["es"]
    await bench.advance(2 * DAY)
    _, late = promises(bench, 1)
    assert (late.reason, late.due_at) == ("late", first.due_at)
    assert late.expected_at is not None
    assert late.expected_at > NOW + 25 * DAY, "what is not done in a day takes a month here"
    assert "now expected by" in late.words["en"]
    await bench.advance(60 * DAY)
    said = [p.expected_at for p in promises(bench, 1) if p.expected_at]
    assert said == sorted(said), "a forecast that has passed is never made earlier"
    assert len(said) < 10


@pytest.mark.requirement("SLA-04", "SLA-13")
async def test_areas_that_differ_are_told_apart_in_the_promise_and_over_http(bench: Bench) -> None:
    for area, first, after in (("1", 1000, 1 * DAY), ("2", 2000, 9 * DAY)):
        await live(bench, first, 120, after, area)
    await feed(bench, (created(number) for number in range(3000, 3200)))  # a backlog: less than 80 % are closed
    await bench.advance(11 * DAY)
    areas = {line["area"]: line for line in (await bench.http.get(f"/forecasts/{SERVICE}/areas")).json()}
    assert areas.keys() == {"1", "2"}
    at = bench.clock.now
    await feed(bench, (created(1, "1", at), created(2, "2", at), created(3, "77", at)))
    one, two, other = (promises(bench, number)[0] for number in (1, 2, 3))
    assert {one.basis.source, two.basis.source} == {"open_and_closed_requests"}
    assert (one.basis.area, two.basis.area, other.basis.area) == ("1", "2", "*")
    said = {area: published[-1] for area, published in of_areas(bench).items()}
    assert said.keys() == {"1", "2"}, "only where enough was closed"
    assert said["1"].words["en"] in one.words["en"]
    assert said["2"].words["es"] in two.words["es"]
    assert said["1"].basis.days_80 != said["2"].basis.days_80
    assert await bench.rebuild("sla", wiped=True) == []


@pytest.mark.requirement("SLA-01", "SLA-13")
async def test_an_area_that_is_no_longer_told_apart_says_what_the_whole_city_says(bench: Bench) -> None:
    await live(bench, 1000, 120, 1 * DAY, "1")
    await feed(bench, (created(number) for number in range(3000, 3100)))
    await bench.advance(3 * DAY)
    (own,) = of_areas(bench)["1"]
    assert own.basis.area == "1"
    await bench.advance(timedelta(hours=1))
    assert len(of_areas(bench)["1"]) == 1, "counted again, and nothing new to say"
    await feed(bench, (closed(number, 3 * DAY) for number in range(3000, 3100)))
    await bench.advance(DAY)
    last, whole = of_areas(bench)["1"][-1], [e for e in forecasts(bench) if e.area == "*"][-1]
    assert whole.basis.source == "closed_requests"
    assert (last.basis.area, last.words) == ("*", whole.words)
    assert [e.version for e in of_areas(bench)["1"]] == list(range(1, last.version + 1))
    assert (await bench.http.get(f"/forecasts/{SERVICE}/areas")).json() == []
    assert await bench.rebuild("sla") == []


def forecasts(bench: Bench) -> list[ForecastPublished]:
    return [e for e in bench.events("forecast.published", ForecastPublished) if e.service_code == SERVICE]


def of_areas(bench: Bench) -> dict[str, list[ForecastPublished]]:
    found = defaultdict(list)
    for event in forecasts(bench):
        if event.area != "*":
            found[event.area].append(event)
    return found


async def test_a_place_that_is_told_after_the_closing_moves_its_lesson_there(bench: Bench) -> None:
    await bench.feed(closed(1, DAY))
    await bench.feed(created(1, "5"))
    kept = await bench.rows("sla", "SELECT area, requests FROM closing_age WHERE requests <> 0")
    assert [(row["area"], row["requests"]) for row in kept] == [("5", 1)]
    assert [row["requests"] for row in await bench.rows("sla", "SELECT requests FROM closing_count")] == [1]


async def plan(bench: Bench, text: str, *values: Any) -> str:
    rows = await bench.rows(
        "sla", f"EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF, SUMMARY OFF) {text}", *values
    )
    return "\n".join(row["QUERY PLAN"] for row in rows)


@pytest.mark.requirement("SLA-04")
async def test_ten_million_closed_requests_are_as_many_rows_as_ten_thousand(bench: Bench) -> None:
    """What is read to forecast grows with months, areas and durations, never with requests: the counts differ alone."""
    sizes = []
    for closings in (10_000, 10_000_000):
        await bench.rows("sla", "DELETE FROM closing_count")
        await bench.rows(
            "sla",
            "INSERT INTO closing_count (service_code, cohort, minutes, requests)"
            " SELECT $1, date '2025-03-01' + interval '1 month' * (n % 12), 144 * (n / 12), $2::int / 120"
            " FROM generate_series(0, 119) n",
            SERVICE,
            closings,
        )
        await bench.rows("sla", "UPDATE forecast SET closed = $2 WHERE service_code = $1", SERVICE, closings)
        await bench.advance(DAY)
        read = await plan(bench, "SELECT * FROM closing_count WHERE service_code = 'graffiti-removal'")
        shown = (await bench.http.get(f"/forecasts/{SERVICE}")).json()
        sizes.append((read.splitlines()[0], shown["basis"]["days_80"]))
        assert shown["basis"]["sample_size"] == closings // 120 * 120
    assert sizes[0] == sizes[1]


@pytest.mark.requirement("SLA-04")
async def test_the_backlog_is_counted_by_what_is_open_alone(bench: Bench) -> None:
    await bench.rows(
        "sla",
        "INSERT INTO clock (request_id, service_code, opened_at, event_clock, closed_at)"
        " SELECT gen_random_uuid(), $1, timestamptz '2026-01-01' + interval '1 minute' * n, false,"
        " CASE WHEN n % 200 <> 0 THEN timestamptz '2026-03-01' END FROM generate_series(1, 20000) n",
        SERVICE,
    )
    await bench.rows("sla", "ANALYZE clock")
    read = await plan(
        bench,
        "SELECT area FROM clock WHERE closed_at IS NULL AND NOT linked AND service_code = 'graffiti-removal'",
    )
    assert "open_clock" in read
    assert "rows=100" in read


@pytest.mark.requirement("SLA-15")
async def test_two_sweepers_share_what_is_due_and_tell_each_level_once(bench: Bench) -> None:
    await feed(bench, (created(number) for number in range(1300)))
    running = bench.running["sla"]
    one, two = [Sweeper(running.service.timers, running.database, lambda _fired: None) for _ in range(2)]
    await bench.rows("sla", "INSERT INTO due (kind, key, due_at, payload, on_event_clock)"
                     " SELECT 'sla.breach', gen_random_uuid()::text, timestamptz '2099-01-01', '{}', false"
                     " FROM generate_series(1, 50000)")  # fmt: skip
    bench.clock.now += timedelta(days=5.5)  # at risk is told at three quarters of the target
    while sum(await asyncio.gather(one.sweep(), two.sweep())):
        pass
    await bench.advance(timedelta(0))
    told = [e.request_id for e in bench.events("request.escalated", RequestEscalated)]
    assert len(told) == len(set(told)) == 1300
    read = await plan(bench, "SELECT key FROM due WHERE kind = 'sla.breach' AND NOT on_event_clock AND due_at <= now()")
    assert "Seq Scan" not in read, "what is due later is never looked at"
