"""A request's life from assignment to closing, dispute and reopening, as agencies and residents live it."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.intake import Evidence, RequestClosed, RequestCreated, RequestReopened, RequestUpdated, UpdateRefused
from contracts.routing import RequestAssigned
from contracts.survey import SurveyAnswered
from contracts.topics import outbox
from contracts.vocabulary import AssignmentCause, Disposition, EvidenceKind, ReportKind
from intake.app import build
from intake.domain.agencies.bulk import HELD
from intake.domain.life import closing
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
LIGHTS, STREETS = "street-lighting", "street-services"
WORK_ORDER = (Evidence(kind=EvidenceKind.WORK_ORDER, reference="WO-4411"),)
DONE: dict[str, Any] = {"disposition": Disposition.FIXED, "evidence": WORK_ORDER}


class Life:
    """One request on the bench, and whom it is assigned to."""

    def __init__(self, bench: Bench, made: dict[str, Any], created: RequestCreated) -> None:
        self.bench, self.made, self.created = bench, made, created
        self.assigned = 0

    @property
    def service(self) -> str:
        """What was asked for."""
        return self.created.about.service_code

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/requests/{self.made['tracking_number']}"

    @property
    def link(self) -> str:
        """The requester's link."""
        return str(self.made["manage_link"]).partition("?")[2]

    async def assign(self, agency: str = LIGHTS, cause: AssignmentCause = AssignmentCause.RULE, **given: Any) -> UUID:
        """Give it to an agency."""
        self.assigned += 1
        assignment_id: UUID = given.pop("assignment_id", uuid4())
        event = RequestAssigned(
            request_id=self.created.request_id, sequence=self.assigned, agency=agency,
            about=self.created.about.model_copy(update={"service_code": given.pop("service_code", self.service)}),
            assignment_id=assignment_id, queue="desk", cause=cause, confidence=1, reason={"en": "by rule"},
            assigned_at=self.bench.clock.now, **given,
        )  # fmt: skip
        await self.bench.feed(event)
        return assignment_id

    async def says(
        self, assignment_id: UUID, kind: str, agency: str = LIGHTS, clock: str | None = None, **given: Any
    ) -> None:
        """Let an agency report."""
        event = AgencyReport(
            request_id=given.pop("request_id", self.created.request_id), assignment_id=assignment_id,
            update_id=given.pop("update_id", uuid4().hex), kind=ReportKind(kind), reported_at=self.bench.clock.now,
            **given,
        )  # fmt: skip
        await self.bench.feed(event, topic=outbox(agency), clock=clock)

    async def show(self) -> dict[str, Any]:
        """Look at it as everybody may."""
        return dict((await self.bench.http.get(self.path)).json())

    async def post(self, what: str, body: Any = None, *, headers: Any = None, link: bool = True) -> Any:
        """Do something as the requester."""
        path = f"{self.path}/{what}" + (f"?{self.link}" if link else "")
        answer = await self.bench.http.post(path, json=body, headers=headers)
        await self.bench.quiet()
        return answer

    def changes(self) -> list[Any]:
        """List what changed."""
        return [event.change for event in self.bench.events("request.updated", RequestUpdated)]

    def kinds(self) -> list[str]:
        """Name what changed."""
        return [getattr(change, "substatus", change.kind) for change in self.changes()]

    def refusals(self) -> list[UpdateRefused]:
        """List what was refused."""
        return self.bench.events("update.refused", UpdateRefused)

    def closings(self) -> list[RequestClosed]:
        """List how it was closed."""
        return self.bench.events("request.closed", RequestClosed)


@pytest.fixture
async def life(bench_factory: BenchFactory) -> Life:
    bench = await bench_factory(build, Settings)
    body = {
        "service_code": "single-streetlight-issue",
        "description": "Lamp out. Pat Doe, 555-010-4477.",
        "place": {"address": "100 W 1st St"},
        "reporter": {"name": "Pat Doe", "email": "pat@example.org"},
    }
    answer = await bench.http.post("/requests", json=body)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    return Life(bench, answer.json(), bench.events("request.created", RequestCreated)[0])


@pytest.mark.requirement("CLO-01", "CLO-08", "SUR-09")
async def test_a_whole_life_from_assignment_to_a_closing_with_evidence(life: Life) -> None:
    mine = await life.assign()
    await life.says(mine, "accepted")
    await life.says(mine, "scheduled", scheduled_for="2026-03-05T09:00:00Z")
    await life.says(mine, "in_progress", crew="Night crew 12, call 213-555-0142")
    await life.says(mine, "message", text="Pat Doe (555-010-4477) was there.")
    await life.says(mine, "completed", **DONE)
    assert life.kinds() == ["accepted", "scheduled", "in_progress", "message"]
    assert [e.sequence for e in life.bench.events("request.updated", RequestUpdated)] == [1, 2, 3, 4]
    assert life.changes()[-1].text == "[name] ([phone]) was there."
    (closed,) = life.closings()
    assert (closed.disposition, closed.evidence, closed.agencies) == (Disposition.FIXED, WORK_ORDER, (LIGHTS,))
    assert closed.crew == "Night crew 12, call [phone]", "so that praise reaches them"
    assert set(closed.explanation) == {"en", "es"}
    shown = await life.show()
    assert (shown["status"], shown["closure_id"]) == ("closed", str(closed.closure_id))
    kinds = [entry["kind"] for entry in shown["timeline"]]
    assert kinds == ["created", "assigned", "substatus", "substatus", "substatus", "message", "closed"]


@pytest.mark.requirement("SLA-14")
async def test_what_was_on_hold_runs_again_when_another_agency_has_it(life: Life) -> None:
    held = await life.assign()
    for kind, more in (("accepted", {}), ("in_progress", {}), ("on_hold", {"hold_reason": "weather", "text": "Rain."})):
        await life.says(held, kind, **more)
    await life.assign(STREETS, AssignmentCause.ADDITIONAL)
    assert life.kinds()[-1] == "clock_paused"
    await life.assign(STREETS, AssignmentCause.TRIAGE, replaces=held)
    assert life.kinds()[-1] == "clock_resumed"
    assert await life.bench.rebuild("intake") == []


@pytest.mark.requirement("CLO-01", "CLO-02")
async def test_what_breaks_the_closure_rule_is_refused_by_name_and_the_request_stays_open(life: Life) -> None:
    mine = await life.assign()
    told = {"en": "The pole belongs to the utility.", "es": "El poste es de la empresa de luz."}
    legacy = (Evidence(kind=EvidenceKind.LEGACY_RECORD, reference="legacy record 1-1"),)
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("completed", {}, "disposition_missing"),
        ("completed", {"disposition": Disposition.UNABLE_TO_ACT}, "disposition_not_fitting"),
        ("completed", {"disposition": Disposition.FIXED}, "evidence_missing"),
        ("completed", {"disposition": Disposition.FIXED, "evidence": legacy}, "evidence_missing"),
        ("cannot_complete", {"disposition": Disposition.FIXED, "explanation": told}, "disposition_not_fitting"),
        ("cannot_complete", {"disposition": Disposition.UNABLE_TO_ACT}, "explanation_missing"),
        ("cannot_complete", {"disposition": Disposition.UNABLE_TO_ACT, "explanation": {"en": "  "}},
         "explanation_missing"),
        ("message", {}, "text_missing"),
        ("scheduled", {}, "scheduled_for_missing"),
        ("referred", {"text": "Not ours.", "refer_to": "nobody"}, "unknown_agency"),
    ]  # fmt: skip
    for kind, given, code in wrong:
        await life.says(mine, kind, **given)
        refused = life.refusals()[-1]
        assert (refused.code, refused.agency, refused.assignment_id) == (code, LIGHTS, mine), kind
        assert refused.allowed, code
        assert refused.field in AgencyReport.model_fields, code
    assert len(life.refusals()) == len(wrong)
    assert (life.closings(), (await life.show())["status"]) == ([], "open")
    await life.says(mine, "cannot_complete", disposition=Disposition.UNABLE_TO_ACT, explanation=told)
    assert life.closings()[0].explanation == told


@pytest.mark.requirement("CLO-01")
async def test_stale_foreign_unknown_and_late_updates_are_refused(life: Life) -> None:
    first = await life.assign()
    second = await life.assign(STREETS, AssignmentCause.REFERRAL, replaces=first)
    await life.says(first, "accepted")
    await life.says(second, "accepted", agency=LIGHTS)
    await life.says(second, "accepted", agency=STREETS, request_id=UUID(int=7))
    await life.says(second, "in_progress", agency=STREETS)
    await life.says(second, "accepted", agency=STREETS)
    await life.says(second, "completed", agency=STREETS, **DONE)
    await life.says(second, "message", agency=STREETS, text="Forgot something.")
    codes = [refusal.code for refusal in life.refusals()]
    expected = ["stale_assignment", "foreign_assignment", "unknown_request", "step_not_allowed", "request_closed"]
    assert sorted(codes) == sorted(expected)
    fields = {refusal.code: refusal.field for refusal in life.refusals()}
    assert (fields["stale_assignment"], fields["step_not_allowed"]) == ("assignment_id", "kind")
    assert "completed" in next(r for r in life.refusals() if r.code == "step_not_allowed").allowed


def test_every_rule_that_an_update_may_break_names_the_field_it_is_about() -> None:
    source = "".join(path.read_text() for path in Path(closing.__file__).parents[2].rglob("*.py"))
    codes = {*re.findall(r'Refusal\(\s*"(\w+)"', source), HELD, "disposition_missing", "disposition_not_fitting"}
    assert codes == set(closing.FIELDS)
    assert set(closing.FIELDS.values()) <= set(AgencyReport.model_fields)


async def test_a_repeated_update_is_applied_once(life: Life) -> None:
    mine = await life.assign()
    await life.says(mine, "accepted", update_id="u1")
    await life.says(mine, "accepted", update_id="u1")
    assert (life.kinds(), life.refusals()) == (["accepted"], [])


async def test_an_update_before_its_assignment_waits_for_it(life: Life) -> None:
    mine = uuid4()
    await life.says(mine, "accepted")
    await life.says(mine, "in_progress")
    assert (life.kinds(), life.refusals()) == ([], [])
    await life.assign(assignment_id=mine)
    assert life.kinds() == ["accepted", "in_progress"]
    await life.bench.advance(timedelta(hours=1))
    assert life.refusals() == []


async def test_an_update_whose_assignment_never_comes_is_refused(life: Life) -> None:
    await life.says(uuid4(), "accepted")
    await life.bench.advance(timedelta(hours=1))
    assert [refusal.code for refusal in life.refusals()] == ["unknown_assignment"]


@pytest.mark.requirement("CLO-01", "CLO-07")
async def test_a_referral_never_closes_and_several_agencies_must_all_end(life: Life) -> None:
    lights = await life.assign()
    streets = await life.assign(STREETS, AssignmentCause.ADDITIONAL)
    await life.says(lights, "referred", text="Pole is not ours.", refer_to="water-and-power")
    await life.says(streets, "completed", agency=STREETS, **DONE)
    assert life.closings() == []
    power = await life.assign("water-and-power", AssignmentCause.REFERRAL, replaces=lights)
    told = {"en": "The pole is protected.", "es": "El poste está protegido."}
    await life.says(power, "cannot_complete", agency="water-and-power", disposition=Disposition.UNABLE_TO_ACT,
                    explanation=told)  # fmt: skip
    (closed,) = life.closings()
    assert closed.disposition is Disposition.UNABLE_TO_ACT
    assert (set(closed.agencies), closed.evidence) == ({STREETS, "water-and-power"}, WORK_ORDER)
    assert "The pole is protected." in closed.explanation["en"]


@pytest.mark.requirement("STA-03")
async def test_a_question_pauses_the_clock_until_the_resident_answers(life: Life) -> None:
    mine = await life.assign()
    await life.says(mine, "needs_information", text="Which pole is it?")
    answer = await life.post("messages", {"text": "The one by 555-010-4477, says Pat Doe."})
    assert (answer.status_code, answer.json()["substatus"]) == (201, "accepted")
    assert life.kinds() == ["message", "awaiting_requester", "clock_paused", "message", "accepted", "clock_resumed"]
    asked, told = life.changes()[0], life.changes()[3]
    assert (asked.needs_answer, told.sender, told.text) == (True, "resident", None)
    raw = b"".join(r.value or b"" for r in life.bench.cluster.of_topic("request.updated"))
    assert b"4477" not in raw
    assert "4477" not in str(await life.show())


@pytest.mark.requirement("STA-07")
async def test_only_the_link_an_agent_or_the_system_may_cancel(life: Life) -> None:
    await life.assign()
    assert (await life.post("cancel", link=False)).status_code == 403
    forged = await life.bench.http.post(f"{life.path}/cancel?contact={life.made['contact_ref']}&token=forged")
    assert forged.status_code == 403
    assert (await life.post("cancel")).status_code == 200
    assert (await life.post("cancel")).status_code == 409
    assert life.kinds() == ["cancelled"]
    (closed,) = life.closings()
    assert (closed.disposition, closed.closed_by) == (Disposition.CANCELLED_BY_REQUESTER, "contact")
    assert closed.agencies == (LIGHTS,)
    assert (await life.post("dispute")).status_code == 409


@pytest.mark.requirement("CLO-04", "CLO-05")
async def test_two_disputes_reopen_at_once_and_the_third_waits_for_a_supervisor(life: Life) -> None:
    agents, supervisor = life.bench.token("agent"), life.bench.token("supervisor", subject="sam")
    for count in (1, 2, 3):
        mine = await life.assign(cause=AssignmentCause.REOPENED if count > 1 else AssignmentCause.RULE)
        await life.says(mine, "completed", **DONE)
        closure_id = str(life.closings()[-1].closure_id)
        stale = await life.post("dispute", {"closure_id": str(uuid4())})
        assert stale.status_code == 409
        answer = await life.post("dispute", {"closure_id": closure_id, "comment": "Still dark, says Pat Doe."})
        assert (answer.status_code, answer.json()["decision"]) == (
            (200, "reopen") if count < 3 else (202, "supervisor")
        )
    reopened = life.bench.events("request.reopened", RequestReopened)
    assert [(event.sequence, event.reopen_count, event.agencies) for event in reopened] == [
        (1, 1, (LIGHTS,)), (2, 2, (LIGHTS,)),
    ]  # fmt: skip
    assert (await life.post("dispute")).status_code == 409
    assert (await life.bench.http.get("/disputes")).status_code == 403
    (waiting,) = (await life.bench.http.get("/disputes", headers=agents)).json()["disputes"]
    decide = f"/disputes/{waiting['dispute_id']}/decide"
    ruling = {"reopen": True, "reason": "The photo shows it."}
    assert (await life.bench.http.post(decide, json=ruling, headers=agents)).status_code == 403
    assert (await life.bench.http.post(decide, json=ruling, headers=supervisor)).status_code == 200
    assert (await life.bench.http.post(decide, json=ruling, headers=supervisor)).status_code == 409
    await life.bench.quiet()
    third = life.bench.events("request.reopened", RequestReopened)[-1]
    assert (third.reopen_count, third.decided_by) == (3, "supervisor")
    audit = await life.bench.rows("intake", "SELECT subject, action FROM audit WHERE action = 'dispute.decide'")
    assert [row["subject"] for row in audit] == ["sam"]
    shown = await life.show()
    assert (shown["status"], shown["reopen_count"], shown["opened_at"][:10]) == ("open", 3, "2026-03-02")
    raw = b"".join(r.value or b"" for r in life.bench.cluster.of_topic("request.reopened"))
    assert b"Still dark" not in raw


@pytest.mark.requirement("CLO-04", "CLO-05")
async def test_a_survey_dispute_reopens_only_the_closing_it_names_and_within_the_window(life: Life) -> None:
    mine = await life.assign()
    await life.says(mine, "completed", **DONE)
    answer = SurveyAnswered(
        request_id=life.created.request_id, sequence=1, about=life.created.about, invitation_id=uuid4(),
        closure_id=life.closings()[0].closure_id, contact_ref=life.made["contact_ref"], done=False, disputed=True,
    )  # fmt: skip
    await life.bench.feed(answer.model_copy(update={"closure_id": uuid4()}))
    assert life.bench.published("request.reopened") == []
    await life.bench.feed(answer.model_copy(update={"sequence": 2}))
    assert len(life.bench.published("request.reopened")) == 1
    again = await life.assign(cause=AssignmentCause.REOPENED, replaces=mine)
    await life.says(again, "completed", **DONE)
    await life.bench.advance(timedelta(days=60))
    assert (await life.post("dispute")).status_code == 409


@pytest.mark.requirement("OPS-07", "OPS-09")
async def test_originals_are_for_the_agency_at_work_and_every_read_is_audited(life: Life) -> None:
    path = f"/requests/{life.created.request_id}/details"
    lights, streets = (life.bench.token("agency", agency=slug) for slug in (LIGHTS, STREETS))
    assert (await life.bench.http.get(path, headers=lights)).status_code == 403
    mine = await life.assign()
    await life.post("messages", {"text": "Ring at 555-010-9988."})
    seen = (await life.bench.http.get(path, headers=lights)).json()
    assert seen["description"].endswith("Pat Doe, 555-010-4477.")
    assert (seen["contact"]["name"], seen["messages"][0]["text"]) == ("Pat Doe", "Ring at 555-010-9988.")
    for headers in (streets, {}, life.bench.token("supervisor")):
        assert (await life.bench.http.get(path, headers=headers)).status_code == 403
    await life.says(mine, "completed", **DONE)
    assert (await life.bench.http.get(path, headers=lights)).status_code == 403
    audit = await life.bench.rows("intake", "SELECT agency FROM audit WHERE action = 'request.read_details'")
    assert [row["agency"] for row in audit] == [LIGHTS]


async def test_imported_history_closes_on_its_own_clock_with_a_legacy_record(bench_factory: BenchFactory) -> None:
    bench = await bench_factory(build, Settings)
    headers = bench.token("system")
    old = {"service_code": "single-streetlight-issue", "clock": "event", "requested_at": "2018-01-01T00:00:00Z"}
    made = [(await bench.http.post("/requests", json=old, headers=headers)).json() for _ in range(2)]
    await bench.quiet()
    created = {str(e.request_id): e for e in bench.events("request.created", RequestCreated)}
    life, other = (Life(bench, one, created[one["request_id"]]) for one in made)
    mine = await life.assign()
    bench.clock.now -= timedelta(days=365)
    legacy = (Evidence(kind=EvidenceKind.LEGACY_RECORD, reference="legacy record 1-1712975531"),)
    await life.says(mine, "completed", clock="event", disposition=Disposition.FIXED, evidence=legacy)
    at = {"at": "2018-01-05T00:00:00Z"}
    assert (await other.post("cancel", {"at": "2017-01-01T00:00:00Z"}, headers=headers, link=False)).status_code == 409
    assert (await other.post("cancel", at, headers=bench.token("agent"), link=False)).status_code == 403
    assert (await other.post("cancel", at, headers=headers, link=False)).status_code == 200
    by_disposition: dict[Any, Any] = {e.data["disposition"]: e for e in bench.published("request.closed")}
    fixed, cancelled = by_disposition["fixed"], by_disposition["cancelled_by_requester"]
    assert (fixed.clock, fixed.time) == ("event", bench.clock.now)
    assert fixed.data["evidence"][0]["reference"] == "legacy record 1-1712975531"
    assert (cancelled.clock, cancelled.data["closed_at"]) == ("event", at["at"])


@pytest.mark.requirement("RTE-03", "SS-06", "STA-01")
async def test_what_turns_out_to_be_another_services_work_is_shown_and_told_as_that(life: Life) -> None:
    assignment_id = await life.assign(cause=AssignmentCause.READING, service_code="multiple-streetlight-issue")
    corrected = life.changes()[0]
    assert (corrected.before, corrected.service_code) == ("single-streetlight-issue", "multiple-streetlight-issue")
    shown = await life.show()
    assert (shown["service_code"], shown["service_name"]["es"]) == (
        "multiple-streetlight-issue", "Falla de varias luces de la calle",
    )  # fmt: skip
    page = await life.bench.http.get(life.path + "?lang=es", headers={"accept": "text/html"})
    assert f"Se atiende como: {shown['service_name']['es']}." in page.text
    await life.assign(service_code="multiple-streetlight-issue")
    await life.says(assignment_id, "accepted")
    assert [change.kind for change in life.changes()].count("service_corrected") == 1
    assert {event.about.service_code for event in life.bench.events("request.updated", RequestUpdated)} == {
        "multiple-streetlight-issue"
    }
