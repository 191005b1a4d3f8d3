"""The whole life of a request through all six services in one process: report, promise, work, dispute, done."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

import intake.app
import intake.settings
import kb.app
import kb.settings
import notify.app
import notify.settings
import routing.app
import routing.settings
import sla.app
import sla.settings
import survey.app
import survey.settings
from chassis import links
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.intake import Evidence, RequestClosed
from contracts.routing import AgencyNotice
from contracts.topics import inbox, outbox
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind

SIX = [(service.app.build, service.settings.Settings) for service in (intake, routing, sla, notify, survey, kb)]
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
REPORT = {
    "service_code": "single-streetlight-issue",
    "description": "The light in front of my house has been out for a week.",
    "place": {"address": "500 W Example Street", "latitude": 34.05, "longitude": -118.25},
    "reporter": {"name": "Ana Example", "email": "ana@example.org", "language": "es"},
    "channel": "web",
}


@pytest.fixture
async def city(bench_factory: Any) -> Bench:
    return await bench_factory(SIX, now=NOW, delivery="null")


async def complete(city: Bench, request_id: str, agency: str, number: int) -> RequestClosed:
    """Let the agency do its newest assignment, and return the closing."""
    notices = [n for n in city.events(inbox(agency), AgencyNotice) if str(n.request_id) == request_id]
    assignment = [n for n in notices if n.kind in {"assigned", "reopened"}][-1].assignment_id
    for kind, more in (
        (ReportKind.ACCEPTED, {}),
        (ReportKind.IN_PROGRESS, {}),
        (ReportKind.COMPLETED, DONE),
    ):
        report = AgencyReport(
            request_id=UUID(request_id),
            assignment_id=assignment,
            update_id=f"{assignment}-{kind}",
            kind=kind,
            reported_at=city.clock.now,
            **more,
        )
        await city.feed(report, topic=outbox(agency), source=f"agency.{agency}")
        city.clock.now += timedelta(minutes=30)
    closings = [c for c in city.events("request.closed", RequestClosed) if str(c.request_id) == request_id]
    assert len(closings) == number
    return closings[-1]


DONE: dict[str, Any] = {
    "disposition": Disposition.FIXED,
    "evidence": (Evidence(kind=EvidenceKind.WORK_ORDER, reference="WO-1"),),
    "text": "Lamp replaced.",
}


async def answer_survey(city: Bench, *, done: bool) -> None:
    invitation = city.published("survey.invited")[-1].data["invitation_id"]
    token = links.sign("only-for-tests", "survey", str(invitation))
    answered = await city.clients["survey"].post(
        f"/surveys/{invitation}", params={"token": token}, json={"quality": 2, "handling": 4, "done": done}
    )
    assert answered.status_code in {200, 201}, answered.text
    await city.quiet()


@pytest.mark.requirement("CH-20", "RTE-01", "SLA-01", "NOT-02", "SUR-01", "SUR-04", "CLO-01", "STA-01")
async def test_a_request_lives_its_whole_life(city: Bench) -> None:
    started = time.perf_counter()
    taken = await city.http.post("/requests", json=REPORT, headers={"Idempotency-Key": "life-1"})
    assert taken.status_code == 201, taken.text
    number, request_id = taken.json()["tracking_number"], taken.json()["request_id"]
    assert taken.json()["forecast"]["en"]
    await city.quiet()

    assigned = city.published("request.assigned")[0].data
    agency = str(assigned["agency"])
    assert city.published("request.promised")[0].data["words"]

    first = await complete(city, request_id, agency, number=1)
    await city.advance(timedelta(days=1))
    await answer_survey(city, done=False)
    assert city.published("survey.answered")[-1].data["disputed"] is True
    reopened = city.published("request.reopened")[0].data
    assert (reopened["closure_id"], reopened["reopen_count"]) == (str(first.closure_id), 1)

    second = await complete(city, request_id, agency, number=2)
    await city.advance(timedelta(days=1))
    await answer_survey(city, done=True)
    assert second.reopen_count == 1
    assert second.closure_id != first.closure_id

    shown = (await city.http.get(f"/requests/{number}")).json()
    assert (shown["status"], shown["disposition"], shown["reopen_count"]) == ("closed", "fixed", 1)
    assert shown["opened_at"] == taken.json().get("opened_at", shown["opened_at"])
    told = {"received", "assigned", "promised", "closed", "reopened", "survey_invited"}
    async with asyncio.timeout(3):  # messages leave in a loop of their own, beside the log
        while not told <= {e.data["moment"] for e in city.published("notification.settled")}:
            await asyncio.sleep(0.02)
    for topic in city.topology.topics:
        assert not (topic.startswith("dlq.") and city.cluster.of_topic(topic)), f"parked on {topic}"
    assert time.perf_counter() - started < 5
