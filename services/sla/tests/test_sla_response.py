"""The first response: how long people wait until somebody of the city says or does something, by agency and service."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from chassis.ids import derived_uuid
from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import MessageSent, RequestClosed, RequestCreated, RequestUpdated, SubstatusChanged
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause, Disposition, Operator, Substatus
from sla.app import build
from sla.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
Make = Callable[..., Awaitable[Bench]]


class Life:
    """One request, and what becomes of it so many hours after it was opened."""

    def __init__(self, bench: Bench, number: int) -> None:
        self.bench = bench
        self.request_id = derived_uuid("sla response", number)
        self.about = RequestFacts(tracking_number="7KQ2-9MXA-4TBC-R", service_code="graffiti-removal", opened_at=NOW)
        self.sequence = 0

    @property
    def _head(self) -> dict[str, Any]:
        self.sequence += 1
        return {"request_id": self.request_id, "sequence": self.sequence, "about": self.about}

    async def reported(self) -> None:
        place = Place(latitude=34.05, longitude=-118.24, area={"council_district": "4"})
        await self.bench.feed(RequestCreated(**self._head, place=place, operator=Operator.CITY_311))

    async def assigned(self, hours: int, cause: AssignmentCause = AssignmentCause.RULE) -> None:
        given = {"assignment_id": self.request_id, "agency": "sanitation", "queue": "any", "confidence": 1}
        at = NOW + hours * HOUR
        event = RequestAssigned(**self._head, **given, cause=cause, reason={"en": "A rule."}, assigned_at=at)
        await self.bench.feed(event, at=at)

    async def changed(self, hours: int, change: Any, by: str = "agency:sanitation") -> None:
        await self.bench.feed(RequestUpdated(**self._head, change=change, by=by), at=NOW + hours * HOUR)

    async def closed(self, hours: int, disposition: Disposition = Disposition.FIXED) -> None:
        event = RequestClosed(
            **self._head, closure_id=self.request_id, disposition=disposition, explanation={"en": "Done."},
            closed_at=NOW + hours * HOUR, closed_by="agency:sanitation", agencies=("sanitation",),
        )  # fmt: skip
        await self.bench.feed(event, at=NOW + hours * HOUR)

    async def responded_after(self) -> float | None:
        asked = "SELECT responded_at FROM clock WHERE request_id = $1"
        (row,) = await self.bench.rows("sla", asked, self.request_id)
        return None if row["responded_at"] is None else (row["responded_at"] - NOW) / HOUR


@pytest.fixture
async def bench(bench_factory: Make) -> Bench:
    return await bench_factory(build, Settings, now=NOW)


@pytest.mark.requirement("SLA-17")
async def test_what_machinery_and_residents_do_is_no_response(bench: Bench) -> None:
    life = Life(bench, 1)
    await life.reported()
    await life.assigned(1)
    await life.changed(2, SubstatusChanged(substatus=Substatus.ACCEPTED))
    await life.changed(3, SubstatusChanged(substatus=Substatus.IN_PROGRESS, step="give-to-a-crew"), by="system")
    await life.changed(4, MessageSent(sender="resident", message_ref="m1"), by="contact")
    await life.changed(5, MessageSent(sender="staff", message_ref="m2", to="agency"), by="agent")
    assert await life.responded_after() is None
    await life.changed(6, MessageSent(sender="agency", message_ref="m3", text="We come on Friday."))
    await life.changed(7, SubstatusChanged(substatus=Substatus.IN_PROGRESS))
    assert await life.responded_after() == 6


@pytest.mark.requirement("SLA-17")
async def test_a_desk_that_reads_a_request_and_a_closing_with_an_explanation_are_responses(bench: Bench) -> None:
    desk, shut, withdrawn = Life(bench, 1), Life(bench, 2), Life(bench, 3)
    for life in (desk, shut, withdrawn):
        await life.reported()
    await desk.assigned(2, AssignmentCause.TRIAGE)
    await shut.closed(5)
    await withdrawn.closed(1, Disposition.CANCELLED_BY_REQUESTER)
    assert [await life.responded_after() for life in (desk, shut, withdrawn)] == [2, 5, None]


@pytest.mark.requirement("SLA-17", "SLA-15")
async def test_the_first_response_is_the_same_in_whatever_order_topics_are_heard(bench: Bench) -> None:
    for number, order in enumerate(permutations(range(4))):
        life = Life(bench, number)
        says = MessageSent(sender="agency", message_ref="m1")
        steps = (life.reported(), life.assigned(4, AssignmentCause.TRIAGE), life.changed(3, says), life.closed(6))
        for step in order:
            await _nth(steps, step)
        assert await life.responded_after() == 3, order


async def _nth(steps: tuple[Awaitable[None], ...], number: int) -> None:
    await steps[number]


@pytest.mark.requirement("SLA-17", "SLA-08")
async def test_first_responses_stand_beside_estimate_and_actual_by_agency_and_service(bench: Bench) -> None:
    for number, hours in enumerate((12, 24, 48, None)):
        life = Life(bench, number)
        await life.reported()
        await life.assigned(1)
        if hours:
            await life.changed(hours, MessageSent(sender="agency", message_ref=f"m{number}"))
    (line,) = (await bench.http.get("/performance?by=agency&by=service", headers=bench.token("agent"))).json()
    assert (line["agency"], line["service"]) == ("sanitation", "graffiti-removal")
    assert (line["responded"], line["unanswered_open"]) == (3, 1)
    assert (line["days_to_response_50"], line["days_to_response_80"]) == (1, 2)
    assert await bench.rebuild("sla") == []
