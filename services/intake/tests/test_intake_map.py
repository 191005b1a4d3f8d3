"""The live map: recent requests of a place, with their state, and how quickly those of a place were completed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from chassis.sql import compiled
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.city import AreaKind, LocalizedText
from contracts.intake import Evidence, RequestCreated
from contracts.routing import RequestAssigned
from contracts.topics import outbox
from contracts.vocabulary import AssignmentCause, Disposition, EvidenceKind, ReportKind
from intake.app import build
from intake.domain.places.areas import Areas
from intake.settings import Settings
from intake.store import Search
from intake.store.requests.batches import listing

BenchFactory = Callable[..., Awaitable[Bench]]
LIGHTS = "street-lighting"
PAINT = {"service_code": "graffiti-removal", "description": "Call me: 213-555-0142"}


@pytest.fixture
async def bench(bench_factory: BenchFactory, tmp_path: Path) -> Bench:
    return await bench_factory(build, Settings, photo_store=str(tmp_path))


async def report(bench: Bench, district: str, number: int = 1) -> dict[str, Any]:
    spot = {"latitude": 34.05 + number / 1000, "longitude": -118.25}
    place = {"address": f"{number} Example <b>St</b>", "area": {"council_district": district}, **spot}
    answer = await bench.http.post("/requests", json=PAINT | {"place": place, "reporter": {"email": "a@example.org"}})
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    return dict(answer.json())


async def complete(bench: Bench, made: dict[str, Any], days: float) -> None:
    (created,) = [e for e in bench.events("request.created", RequestCreated) if str(e.request_id) == made["request_id"]]
    assignment = uuid4()
    given = RequestAssigned(
        request_id=created.request_id, sequence=1, about=created.about, agency=LIGHTS, assignment_id=assignment,
        queue="desk", cause=AssignmentCause.RULE, confidence=1, reason={"en": "by rule"}, assigned_at=bench.clock.now,
    )  # fmt: skip
    await bench.feed(given)
    bench.clock.now += timedelta(days=days)
    done = AgencyReport(
        request_id=created.request_id, assignment_id=assignment, update_id=uuid4().hex, kind=ReportKind.COMPLETED,
        reported_at=bench.clock.now, disposition=Disposition.FIXED,
        evidence=(Evidence(kind=EvidenceKind.WORK_ORDER, reference="WO-1"),),
    )  # fmt: skip
    await bench.feed(done, topic=outbox(LIGHTS))


async def page(bench: Bench, **asked: str) -> str:
    answer = await bench.http.get("/map", params=asked, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


@pytest.mark.requirement("LOC-04", "LOC-05")
async def test_the_map_shows_recent_requests_with_their_state_as_it_changes(bench: Bench) -> None:
    here, there = await report(bench, "13"), await report(bench, "4", 2)
    shown = await page(bench)
    for made in (here, there):
        assert shown.count(f'href="requests/{made["tracking_number"]}"') == 2, "on the map, and in the table beside it"
    assert (shown.count("<circle"), shown.count("<rect")) == (2, 0)
    await complete(bench, here, days=1)
    await bench.advance(timedelta(seconds=6))  # who asks within five seconds is given the same page
    shown = await page(bench)
    assert (shown.count("<circle"), shown.count("<rect")) == (1, 1), "what is closed is told by its shape"
    assert "example.org" not in shown
    assert "0142" not in shown
    assert "<b>St" not in shown
    spanish = await page(bench, lang="es", status="open")
    assert "Solicitudes en el mapa" in spanish
    assert here["tracking_number"] not in spanish
    script = await bench.http.get("/map-page.js")
    assert script.headers["content-type"].startswith("text/javascript")
    points = (await bench.http.get("/requests?format=geojson&area=council_district:13")).json()["features"]
    assert [point["properties"]["tracking_number"] for point in points] == [here["tracking_number"]], "for the app"


@pytest.mark.requirement("LOC-05")
async def test_lists_of_an_area_are_read_from_an_index_that_the_city_asks_for(bench: Bench) -> None:
    await report(bench, "13")
    search = Search(50, area=("council_district", "13"), since=bench.clock.now - timedelta(days=90))
    database = bench.running["intake"].database
    plan, known = "", set[str]()
    for _ in range(200):
        async with database.reads() as reads:
            valid = "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisvalid"
            known = {row["relname"] for row in await reads.sql(valid)}
        if {"request_in_council_district", "request_in_police_precinct"} <= known:
            break
        await asyncio.sleep(0.05)
    async with database.transaction() as tx:
        await tx.sql("SET LOCAL enable_seqscan = off")
        text, values = compiled(listing(search))
        plan = str(await tx.sql(f"EXPLAIN {text}", *values))
    assert "request_in_council_district" in plan


@pytest.mark.requirement("LOC-06")
async def test_a_neighbourhood_sees_its_own_and_how_quickly_they_are_completed(bench: Bench) -> None:
    made = [await report(bench, "13", n) for n in range(5)]
    other = await report(bench, "4", 9)
    few = await page(bench, area="council_district:13")
    assert "Too few requests" in few
    for one in made:
        await complete(bench, one, days=0.5)
    await bench.advance(timedelta(minutes=6))  # counted anew after five minutes
    shown = await page(bench, area="council_district:13")
    assert made[0]["tracking_number"] in shown
    assert other["tracking_number"] not in shown
    assert "Of 5 requests closed here in the last 90 days, half were done within 36 hours, and 8 of 10 within" in shown
    told = (await bench.http.get("/map/pace?kind=council_district")).json()
    assert told == {
        "kind": "council_district",
        "days": 90,
        "areas": [{"area": "13", "closed": 5, "half_days": 1.5, "most_days": 2.1}],
    }


NOT_THERE = (
    *(
        "/map?area=moon:1",
        "/map?area=council_district",
        "/map?status=x",
        "/map?service=%00",
        "/map?area=council_district:%00",
    ),
    *("/map/pace?kind=moon", "/map/pace?kind=council_district&service=x%00", "/requests?area=moon:1"),
)


@pytest.mark.parametrize("path", NOT_THERE)
async def test_what_the_city_has_not_is_refused_by_its_name(bench: Bench, path: str) -> None:
    answer = await bench.http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_outlines_are_drawn_of_one_area_or_of_all() -> None:
    def square(name: str, west: float) -> dict[str, Any]:
        ring = [[west, 34.0], [west + 0.1, 34.0], [west + 0.1, 34.1], [west, 34.1], [west, 34.0]]
        return {"properties": {"id": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    kind = AreaKind(kind="ward", name=LocalizedText({"en": "Ward"}))
    areas = Areas([kind], {"ward": {"features": [square("2", -118.2), square("1", -118.3)]}})
    assert (areas.ids("ward"), areas.ids("moon")) == (("1", "2"), ())
    assert [len(ring) for ring in areas.outlines("ward")] == [5, 5]
    (one,) = areas.outlines("ward", "1")
    assert min(x for x, _ in one) == -118.3
