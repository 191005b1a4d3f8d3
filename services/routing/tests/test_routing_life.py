"""Routing's handlers on a real database: who gets a request, who is told, and what never happens twice."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import (
    AdditionalAsked,
    Cancelled,
    DetailsAmended,
    DuplicateLinked,
    DuplicateUnlinked,
    Evidence,
    MessageSent,
    Photo,
    PhotosAdded,
    ReferralAsked,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
    SubstatusChanged,
    UpdateRefused,
)
from contracts.routing import AgencyNotice, RequestAssigned
from contracts.sla import RequestEscalated
from contracts.survey import FeedbackKind, FeedbackRecorded
from contracts.vocabulary import Clock, Disposition, EscalationKind, EvidenceKind, Operator, Substatus
from routing.app import build
from routing.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


class Life:
    """One request on a bench: what happens to it, and what routing made of that."""

    def __init__(self, bench: Bench, service: str = "graffiti-removal", clock: Clock = Clock.WALL) -> None:
        self.bench, self.request_id, self._updates = bench, uuid4(), 0
        self.about = RequestFacts(tracking_number="T-1", service_code=service, opened_at=NOW, clock=clock)
        self.clock = "event" if clock is Clock.EVENT else None

    async def feed(self, model: Any, sequence: int = 1, **facts: Any) -> None:
        """Let any event of this request happen."""
        event = model(request_id=self.request_id, sequence=sequence, about=self.about, **facts)
        await self.bench.feed(event, clock=self.clock)

    async def create(self, sequence: int = 1, **facts: Any) -> None:
        """Let it be reported."""
        given = {"place": Place(address="1 Elm St"), "operator": Operator.CITY_311, "description": "Paint on a wall"}
        await self.feed(RequestCreated, sequence, **(given | facts))

    async def update(self, change: Any, by: str = "agent") -> None:
        """Let something about it change."""
        self._updates += 1
        await self.feed(RequestUpdated, self._updates, change=change, by=by)

    async def close(self, agency: str | None = None, reopen_count: int = 0, **facts: Any) -> None:
        """Close it, by an agency or by staff."""
        given: dict[str, Any] = {
            "closure_id": uuid4(),
            "disposition": Disposition.FIXED,
            "explanation": {"en": "Done."},
            "evidence": (Evidence(kind=EvidenceKind.WORK_ORDER, reference="W-1"),),
            "closed_at": NOW,
            "closed_by": f"agency:{agency}" if agency else "supervisor",
            "agencies": (agency,) if agency else (),
            "reopen_count": reopen_count,
        }
        await self.feed(RequestClosed, reopen_count + 1, **(given | facts))

    async def reopen(self, count: int = 1, agencies: tuple[str, ...] = (), **facts: Any) -> None:
        """Let the resident dispute the closing."""
        given = {"closure_id": uuid4(), "reopen_count": count, "reopened_at": NOW, "agencies": agencies}
        await self.feed(RequestReopened, count, **(given | facts))

    @property
    def assigned(self) -> list[RequestAssigned]:
        """List its assignments as published."""
        found = self.bench.events("request.assigned", RequestAssigned)
        return [event for event in found if event.request_id == self.request_id]

    def told(self, agency: str) -> list[AgencyNotice]:
        """List what an agency was told of it."""
        found = self.bench.events(f"agency.{agency}.inbox", AgencyNotice)
        return [event for event in found if event.request_id == self.request_id]

    def kinds(self, agency: str) -> list[str]:
        """List the kinds of what an agency was told."""
        return [notice.kind.value for notice in self.told(agency)]

    async def active(self) -> set[str]:
        """Name who has it now."""
        text = "SELECT agency FROM assignment WHERE request_id = $1 AND ended IS NULL"
        return {row["agency"] for row in await self.bench.rows("routing", text, self.request_id)}

    async def in_triage(self) -> bool:
        """Tell whether it waits for a person."""
        text = "SELECT 1 FROM triage WHERE request_id = $1 AND outcome IS NULL"
        return bool(await self.bench.rows("routing", text, self.request_id))


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(build, Settings)
    return made


@pytest.mark.requirement("RTE-01", "RTE-02")
async def test_a_catalogued_request_goes_to_its_agency_with_rule_and_reason(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    (assigned,) = life.assigned
    assert (assigned.agency, assigned.rule_id, assigned.rule_version) == ("community-beautification", "graffiti", 1)
    assert set(assigned.reason) == {"en", "es"}
    (notice,) = life.told(assigned.agency)
    assert (notice.kind.value, notice.sequence, notice.assignment_id) == ("assigned", 1, assigned.assignment_id)
    assert notice.details_url == f"http://127.0.0.1:8301/requests/{life.request_id}/details"
    assert notice.description == "Paint on a wall"


@pytest.mark.requirement("RTE-02")
async def test_answers_decide_between_agencies(bench: Bench) -> None:
    dead, alive = Life(bench, "dead-animal-removal"), Life(bench, "dead-animal-removal")
    await dead.create(attributes={"condition": "dead"})
    await alive.create(attributes={"condition": "alive"})
    assert dead.assigned[0].agency == "sanitation"
    assert (alive.assigned[0].agency, alive.assigned[0].runner_up) == ("animal-services", "sanitation")


async def test_a_repeated_report_is_assigned_once(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    await life.create()
    assert len(life.assigned) == 1


async def test_an_erased_request_loses_its_words_and_keeps_its_desk(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    await life.create(sequence=2, description="")
    await life.update(DetailsAmended(attributes={"surface": "wall"}))
    notice = life.told("community-beautification")[-1]
    assert (notice.kind.value, notice.description, notice.attributes) == ("amended", "", {"surface": "wall"})
    assert len(life.assigned) == 1


@pytest.mark.requirement("PHO-04")
async def test_agencies_are_told_of_photos_by_reference(bench: Bench) -> None:
    life = Life(bench)
    first, later = (Photo(photo_id=digit * 64, width=640, height=480) for digit in "12")
    await life.create(photos=(first,))
    assert [notice.photos for notice in life.told("community-beautification")] == [(first,)]
    await life.update(PhotosAdded(photos=(later,)), by="contact")
    notice = life.told("community-beautification")[-1]
    assert (notice.kind.value, notice.photos) == ("amended", (first, later))
    await life.create(sequence=2, description="")
    await life.update(DetailsAmended(attributes={"surface": "wall"}))
    assert life.told("community-beautification")[-1].photos == ()


async def test_photos_that_overtake_the_report_are_not_lost(bench: Bench) -> None:
    life = Life(bench)
    first, later = (Photo(photo_id=digit * 64, width=640, height=480) for digit in "12")
    await life.update(PhotosAdded(photos=(later,)), by="system")
    await life.create(photos=(first,))
    assert life.told("community-beautification")[0].photos == (first, later)


@pytest.mark.requirement("RTE-03")
async def test_other_waits_for_a_person(bench: Bench) -> None:
    life = Life(bench, "other")
    await life.create(description="It is bad again")
    assert life.assigned == []
    assert await life.in_triage()


@pytest.mark.requirement("RTE-06", "RTE-07")
async def test_a_referral_is_a_new_assignment_with_both_parties(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    first = life.assigned[0]
    ask = ReferralAsked(
        from_agency=first.agency, assignment_id=first.assignment_id, to_agency="street-services", reason="A road sign."
    )
    await life.update(ask, by=f"agency:{first.agency}")
    second = life.assigned[1]
    assert (second.sequence, second.agency, second.cause.value) == (2, "street-services", "referral")
    assert (second.replaces, second.referred_from) == (first.assignment_id, first.agency)
    assert await life.active() == {"street-services"}
    assert life.told("street-services")[0].text == "A road sign."

    back = ReferralAsked(
        from_agency="street-services", assignment_id=second.assignment_id, to_agency=first.agency, reason="Not ours."
    )
    await life.update(back)
    assert await life.active() == set()
    assert await life.in_triage()


@pytest.mark.requirement("RTE-23")
async def test_a_second_agency_works_beside_the_first_until_each_has_ended(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    await life.update(AdditionalAsked(agency="street-services", reason="The wall leans over the sidewalk."))
    await life.update(AdditionalAsked(agency="street-services", reason="Asked twice."))
    assert await life.active() == {"community-beautification", "street-services"}
    done = SubstatusChanged(substatus=Substatus.COMPLETED, assignment_id=life.assigned[0].assignment_id)
    await life.update(done)
    assert await life.active() == {"street-services"}
    await life.close("street-services", agencies=("community-beautification", "street-services"))
    assert await life.active() == set()
    await life.reopen(agencies=("community-beautification", "street-services"))
    assert await life.active() == {"community-beautification", "street-services"}


async def test_messages_wait_for_whoever_gets_the_request(bench: Bench) -> None:
    life = Life(bench)
    await life.update(MessageSent(sender="resident", message_ref="m-1"))
    await life.create()
    await life.update(MessageSent(sender="resident", message_ref="m-2"))
    await life.update(MessageSent(sender="agency", message_ref="m-3", agency="community-beautification"))
    notices = life.told("community-beautification")
    assert [(n.kind.value, n.message_ref, n.sequence) for n in notices] == [
        ("assigned", None, 1), ("message", "m-1", 2), ("message", "m-2", 3),
    ]  # fmt: skip


async def test_a_withdrawn_request_is_cancelled_once(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    await life.update(Cancelled(), by="contact")
    await life.close(disposition=Disposition.CANCELLED_BY_REQUESTER, evidence=())
    assert life.kinds("community-beautification") == ["assigned", "cancelled"]


async def test_a_request_closed_before_it_was_heard_of_is_given_to_nobody(bench: Bench) -> None:
    life = Life(bench)
    await life.close(disposition=Disposition.CANCELLED_BY_REQUESTER, evidence=())
    await life.create()
    assert life.assigned == []
    assert not await life.in_triage()
    await life.reopen()
    assert [a.agency for a in life.assigned] == ["community-beautification"]


async def test_staff_closing_tells_the_agency_and_its_own_closing_does_not(bench: Bench) -> None:
    own, staff = Life(bench), Life(bench)
    for life in (own, staff):
        await life.create()
    await own.close("community-beautification")
    await staff.close(disposition=Disposition.DUPLICATE, evidence=())
    assert own.kinds("community-beautification") == ["assigned"]
    assert staff.kinds("community-beautification") == ["assigned", "closed"]


async def test_a_reopened_request_returns_with_priority(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    await life.close("community-beautification")
    await life.reopen(agencies=("community-beautification",))
    first, second = life.assigned
    assert (second.cause.value, second.replaces, second.queue) == ("reopened", first.assignment_id, first.queue)
    notice = life.told("community-beautification")[-1]
    assert (notice.kind.value, notice.priority, notice.assignment_id) == ("reopened", True, second.assignment_id)


async def test_a_closing_that_arrives_after_its_reopening_ends_only_what_came_before(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    await life.reopen(agencies=("community-beautification",))
    await life.close("community-beautification")
    assert await life.active() == {"community-beautification"}
    assert len(life.assigned) == 2
    await life.close("community-beautification", reopen_count=1)
    assert await life.active() == set()


async def test_the_clock_and_refusals_reach_the_agency(bench: Bench) -> None:
    life = Life(bench)
    await life.create()
    agency, assignment = "community-beautification", life.assigned[0].assignment_id
    due = NOW + timedelta(days=2)
    await life.feed(RequestEscalated, kind=EscalationKind.AT_RISK, level=1, role="shift-supervisor", due_at=due)
    refused = {"update_id": "u-1", "code": "no_evidence", "detail": "Add evidence.", "allowed": ("completed",)}
    await bench.feed(
        UpdateRefused(request_id=life.request_id, agency=agency, assignment_id=assignment, **refused)  # type: ignore[arg-type]
    )
    warned, handed_back = life.told(agency)[1:]
    assert (warned.kind.value, warned.due_at, warned.priority) == ("escalated", due, True)
    assert (handed_back.kind.value, handed_back.update_id, handed_back.code) == ("update_refused", "u-1", "no_evidence")


async def test_an_update_about_a_request_that_never_was_is_handed_back_too(bench: Bench) -> None:
    unknown = UpdateRefused(
        request_id=UUID(int=1), agency="sanitation", assignment_id=UUID(int=2), update_id="u", code="x", detail="No."
    )
    await bench.feed(unknown)
    (notice,) = bench.events("agency.sanitation.inbox", AgencyNotice)
    assert (notice.kind.value, notice.assignment_id) == ("update_refused", UUID(int=2))


async def test_imported_history_keeps_its_own_clock(bench: Bench) -> None:
    life = Life(bench, clock=Clock.EVENT)
    await life.bench.feed(
        RequestCreated(request_id=life.request_id, sequence=1, about=life.about, place=Place(),
                       operator=Operator.CITY_311),
        at=NOW - timedelta(days=900), clock="event",
    )  # fmt: skip
    assert life.assigned[0].assigned_at == NOW - timedelta(days=900)
    assert bench.published("agency.community-beautification.inbox")[0].clock == "event"


async def test_many_requests_and_repeated_keys_in_one_batch(bench: Bench) -> None:
    lives = [Life(bench, service) for service in ("graffiti-removal", "other", "park-repairs") for _ in range(30)]
    for life in lives:
        await life.create(description="It is bad again")
    for life in lives:
        await life.update(MessageSent(sender="resident", message_ref=f"m-{life.request_id}"))
    assert sum(len(life.assigned) for life in lives) == 60


@pytest.mark.requirement("DUP-05")
async def test_a_request_that_follows_another_is_taken_back_until_it_stands_alone(bench: Bench) -> None:
    life, parent = Life(bench), uuid4()
    await life.create()
    (agency,) = await life.active()
    await life.update(DuplicateLinked(parent_request_id=parent))
    assert await life.active() == set()
    assert life.kinds(agency)[-1] == "cancelled"
    await life.close(agencies=(agency,))
    await life.reopen(agencies=(agency,))
    assert await life.active() == set()
    await life.update(DuplicateUnlinked(parent_request_id=parent))
    assert await life.active() == {agency}


@pytest.mark.requirement("DUP-05")
async def test_a_request_that_follows_from_the_start_goes_to_nobody(bench: Bench) -> None:
    life, parent = Life(bench), uuid4()
    await life.create(parent_request_id=parent)
    await life.update(DuplicateLinked(parent_request_id=parent))
    assert life.assigned == []
    late = Life(bench)
    await late.update(DuplicateLinked(parent_request_id=parent))
    await late.update(DuplicateUnlinked(parent_request_id=parent))
    await late.create(parent_request_id=parent)
    assert len(late.assigned) == 1


@pytest.mark.requirement("CLO-05", "SUR-04")
async def test_who_closed_it_is_told_where_the_words_lie_with_which_it_came_back(bench: Bench) -> None:
    life, mine = Life(bench), "community-beautification"
    await life.create()
    await life.close(mine)
    await life.reopen(agencies=(mine,), comment_ref="c-1", disputed_by="survey")
    back = life.told(mine)[-1]
    assert (back.kind.value, back.message_ref) == ("reopened", "c-1")
    assert back.words_url == "http://127.0.0.1:8305/comments/c-1"
    await life.close(mine, reopen_count=1)
    await life.reopen(2, agencies=(mine,), comment_ref="m-1", disputed_by="contact")
    assert life.told(mine)[-1].words_url == life.told(mine)[-1].details_url
    assert await bench.rebuild("routing") == []


@pytest.mark.requirement("SUR-09")
async def test_praise_reaches_the_agency_that_did_the_work_for_the_crew_by_its_name(bench: Bench) -> None:
    life, mine = Life(bench), "community-beautification"
    await life.create()
    await life.close(mine)
    about: dict[str, Any] = {"agency": mine, "crew": "Night crew 12", "rating": 5, "request_id": life.request_id}
    for n, kind in enumerate((FeedbackKind.PRAISE, FeedbackKind.COMPLAINT)):
        await bench.feed(FeedbackRecorded(feedback_id=UUID(int=n), kind=kind, comment_ref=f"c-{n}", **about))
    await bench.feed(FeedbackRecorded(feedback_id=UUID(int=9), kind=FeedbackKind.PRAISE, agency=mine))
    praised = [notice for notice in life.told(mine) if notice.kind.value == "praised"]
    assert [(one.crew, one.rating, one.message_ref) for one in praised] == [("Night crew 12", 5, "c-0")]
    assert praised[0].words_url == "http://127.0.0.1:8305/comments/c-0"
    assert (praised[0].assignment_id, praised[0].description) == (life.assigned[0].assignment_id, None)
    assert await bench.rebuild("routing") == []
