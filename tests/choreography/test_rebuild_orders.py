"""Topics have no order among themselves: whatever order a service happened to see, a rebuild comes to the same bits."""

import random
import sys
from collections import defaultdict, deque
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.ids import derived_uuid
from chassis.records import Place, Record
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.routing import AgencyNotice, RequestAssigned
from contracts.topics import inbox, outbox
from contracts.vocabulary import AssignmentCause, ReportKind

sys.path.insert(0, str(Path(__file__).parent))
from test_choreography import DONE, NOW, REPORT, SIX

THREE = SIX[:3]
MOMENT = timedelta(milliseconds=417)


class Case:
    """One request among others, of which the agency tells quickly."""

    def __init__(self, city: Bench, number: str, request_id: str) -> None:
        self.city, self.number, self.id = city, number, request_id
        self._told = 0

    @classmethod
    async def reported(cls, city: Bench) -> "Case":
        """Report a lamp and wait until an agency has it."""
        city.clock.now += MOMENT
        taken = (await city.http.post("/requests", json=REPORT)).json()
        await city.quiet()
        return cls(city, taken["tracking_number"], taken["request_id"])

    async def says(self, kind: ReportKind, **more: Any) -> None:
        """Let the agency of the newest assignment say something, a moment after what was last said."""
        self.city.clock.now += MOMENT
        agency = [e.data for e in self.city.published("request.assigned") if e.data["request_id"] == self.id][-1]
        mine = [n for n in self.city.events(inbox(str(agency["agency"])), AgencyNotice) if str(n.request_id) == self.id]
        self._told += 1
        report = AgencyReport(
            request_id=UUID(self.id),
            assignment_id=[n for n in mine if n.kind in {"assigned", "reopened"}][-1].assignment_id,
            update_id=f"{self.id}-{self._told}",
            kind=kind,
            reported_at=self.city.clock.now,
            **more,
        )
        await self.city.feed(report, topic=outbox(agency["agency"]), source=f"agency.{agency['agency']}")

    async def given_to(self, agency: str) -> None:
        """Let another agency have it in place of the newest one, which keeps silent about it."""
        self.city.clock.now += MOMENT
        last = [e for e in self.city.events("request.assigned", RequestAssigned) if str(e.request_id) == self.id][-1]
        new = {
            "sequence": last.sequence + 1, "assignment_id": derived_uuid("given", self.id), "agency": agency,
            "cause": AssignmentCause.TRIAGE, "replaces": last.assignment_id, "assigned_at": self.city.clock.now,
        }  # fmt: skip
        await self.city.feed(last.model_copy(update=new), source="routing")

    async def staff(self, what: str, body: Any = None) -> None:
        """Let an agent do something."""
        self.city.clock.now += MOMENT
        answer = await self.city.http.post(
            f"/requests/{self.number}/{what}", json=body, headers=self.city.token("supervisor")
        )
        assert answer.status_code < 300, answer.text
        await self.city.quiet()


@pytest.fixture
async def hasty(bench_factory: Any) -> Bench:
    """Let requests wait, be closed while they wait, be linked, reopened and late, each step a moment after the last."""
    city: Bench = await bench_factory(THREE, now=NOW)
    rains = {"hold_reason": "weather", "text": "It rains."}
    held = await Case.reported(city)
    await held.says(ReportKind.ACCEPTED)
    await held.says(ReportKind.IN_PROGRESS)
    await held.says(ReportKind.ON_HOLD, **rains)
    await held.says(ReportKind.IN_PROGRESS)
    await held.says(ReportKind.ON_HOLD, **rains)
    await held.staff("cancel")
    asked = await Case.reported(city)
    await asked.says(ReportKind.NEEDS_INFORMATION, text="Which pole?")
    parent, child, alone = [await Case.reported(city) for _ in range(3)]
    await asked.staff("link", {"number": parent.number})
    await child.staff("link", {"number": parent.number})
    await alone.staff("link", {"number": parent.number})
    await alone.staff("unlink")
    for case in (parent, alone):
        await case.says(ReportKind.ACCEPTED)
        await case.says(ReportKind.IN_PROGRESS)
        await case.says(ReportKind.COMPLETED, **DONE)
        await case.staff("dispute", {"comment": "Still dark."})
        await case.says(ReportKind.ACCEPTED)
        await case.says(ReportKind.ON_HOLD, **rains)
    moved = await Case.reported(city)
    await moved.says(ReportKind.ACCEPTED)
    await moved.says(ReportKind.IN_PROGRESS)
    await moved.says(ReportKind.ON_HOLD, **rains)
    await moved.given_to("street-services")
    late = await Case.reported(city)
    await late.says(ReportKind.ACCEPTED)
    passed_on = await Case.reported(city)
    await city.advance(timedelta(days=40))
    await passed_on.given_to("street-services")
    await city.advance(timedelta(hours=1))
    for case in (late, parent):
        await case.says(ReportKind.IN_PROGRESS)
        await case.says(ReportKind.COMPLETED, **DONE)
    await late.staff("dispute", {"comment": "No."})
    return city


def shuffled(order: list[Record], seed: int) -> list[Record]:
    """Give the log in another order in which it may be read: each partition keeps its own."""
    chance, waiting = random.Random(seed), defaultdict[Place, deque[Record]](deque)
    for record in order:
        waiting[record.place].append(record)
    places = [record.place for record in order]
    chance.shuffle(places)
    return [waiting[place].popleft() for place in places]


def by_topic(order: list[Record], first: tuple[str, ...]) -> list[Record]:
    """Give the log topic by topic, these first."""
    rank = {topic: n for n, topic in enumerate(first)}
    return sorted(order, key=lambda record: rank.get(record.topic, len(rank)))


async def test_sla_rebuilt_in_any_order_of_topics_has_the_same_bits(hasty: Bench) -> None:
    kinds = {e.data["change"]["kind"] for e in hasty.published("request.updated")}
    assert kinds >= {"clock_paused", "clock_resumed", "duplicate", "duplicate_unlinked"}
    assert len(hasty.published("request.closed")) >= 6
    chains = defaultdict(set)
    for e in hasty.published("request.escalated"):
        chains[e.data["request_id"]].add(e.data["agency"])
    assert any(len(agencies) > 1 for agencies in chains.values()), "one was late with two agencies, one after the other"
    assert {e.data.get("reason") for e in hasty.published("request.promised")} >= {"resumed", "reopened", "late"}
    appended = list(hasty.cluster.order)
    ends_first = by_topic(appended, ("request.reopened", "request.closed", "request.escalated", "request.updated"))
    for order in (appended, ends_first, *(shuffled(appended, seed) for seed in range(8))):
        hasty.cluster.order = order
        assert await hasty.rebuild("sla") == []


@pytest.mark.requirement("SLA-14", "SLA-17")
async def test_a_clock_runs_again_with_the_next_agency_and_knows_its_first_response_in_any_order(hasty: Bench) -> None:
    given = [e.data for e in hasty.published("request.assigned") if e.data["agency"] == "street-services"][-1]
    clocks = "SELECT paused_at, waited, responded_at IS NOT NULL AS responded FROM clock WHERE request_id = $1::uuid"
    (moved,) = await hasty.rows("sla", clocks, given["request_id"])
    assert (moved["paused_at"], moved["responded"]) == (None, True)
    first = "SELECT request_id, responded_at, paused_at, waited FROM clock ORDER BY request_id"
    as_heard = await hasty.rows("sla", first)
    hasty.cluster.order = by_topic(list(hasty.cluster.order), ("request.closed", "request.updated"))
    assert await hasty.rebuild("sla") == []
    assert await hasty.rows("sla", first) == as_heard
