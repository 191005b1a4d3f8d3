"""One city's adapter files with another city's own Open311 server: our intake, over real HTTP."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import uvicorn

import adapters.app
import adapters.settings
import intake.app
import intake.settings
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.intake import Evidence, RequestCreated
from contracts.routing import RequestAssigned
from contracts.topics import inbox, outbox
from contracts.vocabulary import AssignmentCause, Disposition, EvidenceKind, ReportKind
from relay311_local.ports import free_port

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "services/adapters/tests"))
from systems_played import eventually, notice

AGENCY = "water-and-power"


@asynccontextmanager
async def served(bench: Bench) -> AsyncIterator[str]:
    """Serve the other city's intake on a port."""
    port = free_port()
    config = uvicorn.Config(
        bench.running["intake"].app(), host="127.0.0.1", port=port, log_level="warning", lifespan="off"
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


def city_of_codes(folder: Path) -> Path:
    """Give our city, whose utility knows services by the other city's codes."""
    city = folder / "los-angeles"
    shutil.copytree(ROOT / "cities/los-angeles", city)
    file = city / "adapters.yaml"
    text = file.read_text("utf-8").replace("utility-outage: OUTAGE", "utility-outage: utility-outage")
    text = text.replace("attributes: {utility: commodity}", "attributes: {}").replace("utility.example", "lacity.org")
    file.write_text(text.replace('utility: {power: "1", water: "2"}', "utility: {power: power, water: water}"), "utf-8")
    return city


@pytest.mark.requirement("INT-01", "INT-08", "CH-13")
async def test_a_request_is_filed_with_another_city_and_its_ending_comes_back(
    bench_factory: Callable[..., Any], tmp_path: Path
) -> None:
    other: Bench = await bench_factory(intake.app.build, intake.settings.Settings, photo_store=str(tmp_path / "p"))
    made = await other.http.post("/open311/keys", json={"owner": "neighbour"}, headers=other.token("operator"))
    async with served(other) as url:
        ours: Bench = await bench_factory(
            adapters.app.build,
            adapters.settings.Settings,
            city=city_of_codes(tmp_path),
            adapter_addresses={AGENCY: f"{url}/open311/v2"},
            adapter_secrets={AGENCY: made.json()["api_key"]},
            allow_private_systems=True,
            adapter_poll_seconds=0.1,
        )
        await ours.feed(notice(AGENCY, photos=()), topic=inbox(AGENCY))

        async def filed() -> object:
            return other.events("request.created", RequestCreated)

        (created,) = await eventually(filed, "the request in the other city")
        assert created.about.service_code == "utility-outage"
        assert created.attributes == {"utility": "power"}
        assert created.place.address == "100 W 1st St"
        assert "Water runs out of the wall" in created.description

        async def linked() -> object:
            rows = await ours.rows("adapters", "SELECT number FROM handover WHERE number IS NOT NULL")
            return rows and rows[0]["number"] == created.about.tracking_number

        await eventually(linked, "its number here")
        await finish(other, created)

        async def told() -> object:
            return [one for one in ours.events(outbox(AGENCY), AgencyReport) if one.kind == "completed"]

        (report,) = await eventually(told, "its ending here")
        assert report.evidence[0].reference == created.about.tracking_number


async def finish(city: Bench, created: RequestCreated) -> None:
    """Let the other city's own agency do the work."""
    city.clock.now += timedelta(minutes=5)
    assignment = uuid4()
    given = RequestAssigned(
        request_id=created.request_id, sequence=1, about=created.about, agency=AGENCY, assignment_id=assignment,
        queue="power", cause=AssignmentCause.RULE, confidence=1, reason={"en": "by rule"}, assigned_at=city.clock.now,
    )  # fmt: skip
    await city.feed(given)
    done = AgencyReport(
        request_id=created.request_id,
        assignment_id=assignment,
        update_id="done",
        kind=ReportKind.COMPLETED,
        reported_at=city.clock.now,
        disposition=Disposition.FIXED,
        evidence=(Evidence(kind=EvidenceKind.WORK_ORDER, reference="N-1"),),
    )
    await city.feed(done, topic=outbox(AGENCY))
