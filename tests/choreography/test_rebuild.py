"""Every service, rebuilt from offset 0, has the state it had, and publishes nothing for it."""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.ids import partition_of
from chassis.memory import MemoryLog
from chassis.records import Outgoing
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.routing import AgencyNotice
from contracts.topics import inbox, outbox
from contracts.vocabulary import Disposition, ReportKind

sys.path.insert(0, str(Path(__file__).parent))
from test_choreography import NOW, REPORT, SIX, answer_survey, complete

_IS_POTHOLE = " WHERE service_code = 'pothole-repair'"
SERVICES = ("sla", "routing", "survey", "kb", "intake", "notify")


async def report(city: Bench, **changes: Any) -> tuple[str, str]:
    """Report something; returns the request and the agency that has it."""
    taken = await city.http.post("/requests", json=REPORT | changes)
    assert taken.status_code == 201, taken.text
    await city.quiet()
    request_id = taken.json()["request_id"]
    (assigned,) = [e.data for e in city.published("request.assigned") if e.data["request_id"] == request_id]
    return request_id, str(assigned["agency"])


async def refer(city: Bench, request_id: str, agency: str) -> None:
    """Let the agency hand a request on without knowing where to."""
    (notice,) = [n for n in city.events(inbox(agency), AgencyNotice) if str(n.request_id) == request_id]
    report = AgencyReport(
        request_id=UUID(request_id),
        assignment_id=notice.assignment_id,
        update_id="handed-on",
        kind=ReportKind.REFERRED,
        text="Not our street.",
        reported_at=city.clock.now,
    )
    await city.feed(report, topic=outbox(agency), source=f"agency.{agency}")


async def divert(city: Bench) -> None:
    """Let the triage desk send three requests elsewhere: outside, outside and disputed, and to a desk of the city's."""
    outside = {"to": "social-services-211", "reason": "social-help"}
    inside = {"to": "abandoned-vehicle-line", "reason": "specialists"}
    for body, disputed in ((outside, False), (outside, True), (inside, False)):
        taken = (await city.http.post("/requests", json=REPORT | {"service_code": "other", "attributes": {}})).json()
        await city.quiet()
        path = f"/triage/{taken['request_id']}/divert"
        sent = await city.clients["routing"].post(path, json=body, headers=city.token("agent"))
        assert sent.status_code == 200, sent.text
        await city.advance(timedelta(minutes=1))
        if disputed:
            link = taken["manage_link"].partition("?")[2]
            again = await city.http.post(f"/requests/{taken['tracking_number']}/dispute?{link}", json={})
            assert again.status_code == 200, again.text
            await city.quiet()


async def stands_for(city: Bench, request_id: str, agency: str, *, of: str) -> None:
    """Let an agency say that another request, closed already, stands for this one."""
    (parent,) = [e.data for e in city.published("request.created") if e.data["request_id"] == of]
    (notice,) = [n for n in city.events(inbox(agency), AgencyNotice) if str(n.request_id) == request_id]
    report = AgencyReport(
        request_id=UUID(request_id),
        assignment_id=notice.assignment_id,
        update_id="double",
        kind=ReportKind.CANNOT_COMPLETE,
        disposition=Disposition.DUPLICATE,
        duplicate_of=parent["about"]["tracking_number"],
        explanation={"en": "The same was reported the day before.", "es": "Lo mismo se reportó el día anterior."},
        reported_at=city.clock.now,
    )
    await city.feed(report, topic=outbox(agency), source=f"agency.{agency}")


@pytest.fixture
async def lived(bench_factory: Any) -> Bench:
    """Let a city live in which requests are closed, disputed, late, waiting and withdrawn."""
    city: Bench = await bench_factory(SIX, now=NOW, delivery="null")
    request_id, agency = await report(city)
    city.clock.now += timedelta(minutes=7)
    await complete(city, request_id, agency, number=1)
    await city.advance(timedelta(days=1))
    await answer_survey(city, done=False)
    await report(city)
    await city.advance(timedelta(days=30))
    await complete(city, request_id, agency, number=2)
    await city.advance(timedelta(days=1))
    await answer_survey(city, done=True)
    again, desk = await report(city)
    city.clock.now += timedelta(hours=30)
    await complete(city, again, desk, number=1)
    waiting, desk = await report(city)
    await complete(city, waiting, desk, number=1)
    late, desk = await report(city)
    await city.advance(timedelta(minutes=2))
    await refer(city, late, desk)
    await divert(city)
    double, desk = await report(city)
    await stands_for(city, double, desk, of=waiting)
    words = "There is a big pothole in the street and my car fell in it"
    await report(city, service_code="other", attributes={}, description=words)
    assert [row["n"] for row in await city.rows("sla", "SELECT count(*) AS n FROM clock" + _IS_POTHOLE)] == [1]
    async with asyncio.timeout(5):  # messages leave in a loop of their own, beside the log
        while await city.rows("notify", "SELECT 1 FROM open_intent"):
            await asyncio.sleep(0.02)
    await city.quiet()
    return city


def published(city: Bench, name: str) -> list[str]:
    """List the ids of everything a service has published."""
    topics = [topic.name for topic in city.topology.topics.values() if topic.producer == name]
    return [event.id for topic in topics for event in city.published(topic)]


@pytest.mark.parametrize("wiped", [False, True])
@pytest.mark.parametrize("name", SERVICES)
async def test_a_rebuilt_service_is_the_one_that_lived(lived: Bench, name: str, *, wiped: bool) -> None:
    said = published(lived, name)
    assert await lived.rebuild(name, wiped=wiped) == []
    await lived.advance(timedelta(0))
    assert published(lived, name) == said


@pytest.mark.parametrize("wiped", [False, True])
async def test_agencies_never_get_a_number_again_after_a_rebuild(lived: Bench, *, wiped: bool) -> None:
    request_id, agency = await report(lived)
    before = [notice.sequence for notice in notices_of(lived, request_id, agency)]
    assert await lived.rebuild("routing", wiped=wiped) == []
    number = next(e.data["about"]["tracking_number"] for e in lived.published("request.created")
                  if e.data["request_id"] == request_id)  # fmt: skip
    words = {"text": "It is at the corner."}
    said = await lived.http.post(f"/requests/{number}/messages", json=words, headers=lived.token("agent"))
    assert said.status_code == 201, said.text
    await lived.quiet()
    *_, told = [notice.sequence for notice in notices_of(lived, request_id, agency)]
    assert told > max(before)


def notices_of(city: Bench, request_id: str, agency: str) -> list[AgencyNotice]:
    """List what an agency was told of a request."""
    return [n for n in city.events(inbox(agency), AgencyNotice) if str(n.request_id) == request_id]


async def test_what_strangers_wrote_on_its_own_topic_stands_for_nothing(lived: Bench) -> None:
    # sla never read its own topic while it lived: garbage there must neither stop a rebuild nor hold back what follows.
    key = lived.published("request.promised")[0].data["request_id"]
    await MemoryLog(lived.cluster, "stranger").append([Outgoing("request.promised", partition_of(key, 12), key, b"{")])
    assert await lived.rebuild("sla", wiped=True) == []
    assert await lived.rows("sla", "SELECT 1 FROM parked") == []
