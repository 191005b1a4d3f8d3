"""The work desk: an agency without a system of its own works its requests, at a desk and offline in the field."""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.intake import RequestCreated, RequestReopened
from contracts.sla import Basis, RequestPromised
from contracts.survey import FeedbackKind, FeedbackRecorded, SurveyAnswered
from contracts.vocabulary import AssignmentCause, ForecastMethod, Substatus
from intake.app import build
from intake.domain.agencies.workdesk import OWN, STEPS, desk_steps
from intake.domain.life.case import Part
from intake.domain.life.lifecycle import allowed_steps
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
import pictures
from test_intake_endings import LOCKED, new_life
from test_intake_life import LIGHTS, STREETS, Life

BenchFactory = Callable[..., Awaitable[Bench]]


class Crew:
    """Somebody of an agency at the desk."""

    def __init__(self, bench: Bench, agency: str = LIGHTS, name: str = "crew-1") -> None:
        self.bench, self.headers = bench, bench.token("agency", name, agency=agency)

    async def does(self, assignment_id: UUID, step: str, client_id: str | None = None, **given: Any) -> Any:
        """Take a step."""
        body = {"client_id": client_id or uuid4().hex, **given}
        path = f"/desk/assignments/{assignment_id}/{step}"
        answer = await self.bench.http.post(path, json=body, headers=self.headers)
        await self.bench.quiet()
        return answer

    async def syncs(self, actions: list[dict[str, Any]], cursor: str | None = None) -> dict[str, Any]:
        """Hand in what was done offline."""
        body = {"actions": actions, "cursor": cursor}
        answer = await self.bench.http.post("/desk/sync", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        await self.bench.quiet()
        return dict(answer.json())

    async def looks(self, path: str) -> dict[str, Any]:
        """Look at something."""
        answer = await self.bench.http.get(path, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture
async def life(bench_factory: BenchFactory) -> Life:
    return await new_life(await bench_factory(build, Settings))


async def test_a_crew_sees_until_when_work_is_due_now_and_searches_by_it(life: Life) -> None:
    crew, _ = Crew(life.bench), await life.assign()
    (created,) = life.bench.events("request.created", RequestCreated)
    due = life.bench.clock.now + timedelta(days=2)
    await life.bench.feed(
        RequestPromised(
            request_id=created.request_id, sequence=1, about=created.about, revision=1, due_at=due,
            deadline_at=due + timedelta(days=3), basis=Basis(method=ForecastMethod.NONE), words={"en": "Soon."},
        )
    )  # fmt: skip
    (item,) = (await crew.looks("/desk/queue"))["items"]
    assert item["deadline_at"] > item["due_at"]
    for days, count in ((3, 0), (6, 1)):
        until = (due + timedelta(days=days - 2)).isoformat().replace("+00:00", "Z")
        assert len((await crew.looks(f"/desk/queue?due_before={until}"))["items"]) == count


@pytest.mark.requirement("INT-07", "INT-13", "INT-14", "INT-02", "RTE-04")
async def test_an_agency_without_a_system_works_a_request_from_queue_to_closing(life: Life) -> None:
    crew, mine = Crew(life.bench), await life.assign()
    (item,) = (await crew.looks("/desk/queue"))["items"]
    assert (item["assignment_id"], item["tracking_number"]) == (str(mine), life.made["tracking_number"])
    assert (item["substatus"], item["steps"][0], item["priority"]) == ("assigned", "accept", False)
    assert not {"contact_refs", "reporter", "email"} & set(item)
    assert (await crew.does(mine, "accept")).json()["substatus"] == "accepted"
    refused = await crew.does(mine, "accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "step_not_allowed")
    assert "completed" in refused.json()["allowed"]
    assert "complete" in refused.json()["steps"]
    assert (await crew.does(mine, "crew", crew="night-2")).status_code == 200
    assert (await crew.does(mine, "schedule")).json()["code"] == "scheduled_for_missing"
    assert (await crew.does(mine, "schedule", scheduled_for="2026-03-05T09:00:00Z")).status_code == 200
    asked = await crew.does(mine, "need-information", text="Which pole? Call 555-010-4477.")
    assert asked.json()["substatus"] == "awaiting_requester"
    await life.post("messages", {"text": "The one at the corner."})
    assert (await crew.does(mine, "start")).status_code == 200
    assert (await crew.does(mine, "hold", hold_reason="weather")).status_code == 200
    assert (await crew.does(mine, "note", text="Came by, it rains.")).status_code == 200
    shown = await crew.looks(f"/desk/assignments/{mine}")
    assert (shown["crew"], shown["scheduled_for"], shown["substatus"]) == (
        "night-2", "2026-03-05T09:00:00+00:00", "on_hold",
    )  # fmt: skip
    assert (await crew.does(mine, "complete", disposition="fixed")).json()["code"] == "evidence_missing"
    done = await crew.does(mine, "complete", disposition="fixed", text="New bulb.")
    assert (done.status_code, done.json()["request_substatus"]) == (200, "closed")
    (closed,) = life.closings()
    assert (closed.closed_by, closed.door, closed.evidence[0].reference) == (f"agency:{LIGHTS}", "desk", "New bulb.")
    assert (await crew.looks("/desk/queue"))["items"] == []
    told = [e.get("text") for e in (await life.show())["timeline"] if e["kind"] in {"message", "note"}]
    assert "Which pole? Call [phone]." in told
    assert [r.door for r in life.refusals()] == ["desk"] * 3
    assert await life.bench.rebuild("intake") == []


@pytest.mark.requirement("INT-07", "OPS-07")
async def test_an_agency_sees_and_touches_its_own_running_assignments_alone(life: Life) -> None:
    mine = await life.assign()
    other, http = Crew(life.bench, STREETS), life.bench.http
    assert (await other.looks("/desk/queue"))["items"] == []
    assert (await other.looks("/desk/changes"))["items"] == []
    assert (await http.get(f"/desk/assignments/{mine}", headers=other.headers)).status_code == 404
    assert (await other.does(mine, "accept")).status_code == 404
    (result,) = (await other.syncs([{"client_id": "a", "assignment_id": str(mine), "step": "accept"}]))["results"]
    assert (result["status"], result["code"]) == (404, "not_yours")
    for headers in (None, life.bench.token("agent"), life.bench.token("agency")):
        assert (await http.get("/desk/queue", headers=headers)).status_code == 403
    assert life.kinds() == []


@pytest.mark.requirement("INT-13")
async def test_a_batch_made_offline_is_applied_in_order_once_and_each_action_is_answered(life: Life) -> None:
    bench, crew = life.bench, Crew(life.bench)
    mine, gone = await life.assign(), uuid4()
    cursor = (await crew.syncs([]))["cursor"]
    bench.clock.now += timedelta(hours=3)
    at = (bench.clock.now - timedelta(hours=2)).isoformat()
    actions: list[dict[str, Any]] = [
        {"client_id": "1", "assignment_id": str(mine), "step": "accept", "at": at},
        {"client_id": "2", "assignment_id": str(mine), "step": "start", "at": at},
        {"client_id": "3", "assignment_id": str(gone), "step": "start", "at": at},
        {"client_id": "4", "assignment_id": str(mine), "step": "accept", "at": at},
        {"client_id": "5", "assignment_id": str(mine), "step": "note", "text": "Ladder needed.", "at": at},
    ]
    first = await crew.syncs(actions, cursor)
    assert [result["status"] for result in first["results"]] == [200, 200, 404, 409, 200]
    assert first["results"][3]["detail"].startswith("'accepted' does not follow 'in_progress'")
    assert [item["substatus"] for item in first["items"]] == ["in_progress"]
    again = await crew.syncs(actions, cursor)
    assert [(r["status"], r.get("repeated", False)) for r in again["results"]] == [
        (200, True), (200, True), (404, False), (409, False), (200, True),
    ]  # fmt: skip
    assert life.kinds() == ["accepted", "in_progress"]
    entries = [e["at"] for e in (await life.show())["timeline"] if e["kind"] in {"substatus", "note"}]
    assert {entry[:13] for entry in entries} == {at[:13]}
    end = {"client_id": "6", "assignment_id": str(mine), "step": "complete", "at": at, "disposition": "fixed",
           "text": "New bulb."}  # fmt: skip
    last = await crew.syncs([end], again["cursor"])
    assert (last["items"], last["gone"]) == ([], [str(mine)])
    assert life.closings()[0].closed_at == bench.clock.now
    late = await crew.syncs([{"client_id": "7", "assignment_id": str(mine), "step": "start"}], last["cursor"])
    assert (late["results"][0]["code"], late["results"][0]["request_substatus"]) == ("request_closed", "closed")
    assert (late["items"], late["gone"]) == ([], [])


@pytest.mark.requirement("INT-13")
async def test_the_feed_brings_what_changed_and_pages(life: Life) -> None:
    bench, crew = life.bench, Crew(life.bench)
    lives = [life, *[await new_life(bench) for _ in range(4)]]
    mine = [await one.assign() for one in lives]
    seen, cursor, more = [], "", True
    while more:
        page = await crew.looks(f"/desk/changes?limit=2{f'&cursor={cursor}' if cursor else ''}")
        seen += [item["assignment_id"] for item in page["items"]]
        cursor, more = page["cursor"], page["more"]
    assert sorted(seen) == sorted(map(str, mine))
    assert (await crew.looks(f"/desk/changes?cursor={cursor}"))["items"] == []
    await life.post("messages", {"text": "Hurry up, please."})
    page = await crew.looks(f"/desk/changes?cursor={cursor}")
    assert [item["assignment_id"] for item in page["items"]] == [str(mine[0])]
    refused = await bench.http.get("/desk/changes?cursor=nonsense", headers=crew.headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cursor")
    queue, pages = [], "?limit=2"
    while pages:
        page = await crew.looks(f"/desk/queue{pages}")
        queue += [item["assignment_id"] for item in page["items"]]
        pages = f"?limit=2&cursor={page['next']}" if page["next"] else ""
    assert sorted(queue) == sorted(map(str, mine))
    await crew.does(mine[1], "accept")
    filtered = await crew.looks("/desk/queue?substatus=accepted&service=single-streetlight-issue&priority=false")
    assert [item["assignment_id"] for item in filtered["items"]] == [str(mine[1])]


@pytest.mark.requirement("CLO-05", "INT-07")
async def test_a_disputed_closing_comes_back_first_to_the_crew_that_closed_it(life: Life) -> None:
    crew, mine = Crew(life.bench), await life.assign()
    await crew.does(mine, "crew", crew="night-2")
    await crew.does(mine, "complete", disposition="fixed", text="New bulb.")
    older = await (await new_life(life.bench)).assign()
    await life.post("dispute", {"comment": "Still dark."})
    again = await life.assign(cause=AssignmentCause.REOPENED, replaces=mine)
    items = (await crew.looks("/desk/queue"))["items"]
    assert [item["assignment_id"] for item in items] == [str(again), str(older)]
    assert (items[0]["crew"], items[0]["priority"], items[0]["reopen_count"]) == ("night-2", True, 1)
    details = await crew.looks(urlsplit(items[0]["words_url"]).path)
    assert [one["text"] for one in details["messages"]] == ["Still dark."]


@pytest.mark.requirement("SUR-04", "SUR-09", "CLO-04")
async def test_the_desk_shows_praise_by_crew_and_where_the_words_of_a_disputed_answer_lie(life: Life) -> None:
    crew, mine, bench = Crew(life.bench), await life.assign(), life.bench
    await crew.does(mine, "complete", disposition="fixed", text="New bulb.")
    (closed,) = life.closings()
    answer = {"invitation_id": uuid4(), "contact_ref": "c", "done": False, "disputed": True, "comment_ref": "words-1"}
    facts = {"request_id": closed.request_id, "about": closed.about, "closure_id": closed.closure_id}
    await bench.feed(SurveyAnswered(sequence=1, **facts, **answer))
    (reopened,) = bench.events("request.reopened", RequestReopened)
    assert (reopened.disputed_by, reopened.comment_ref) == ("survey", "words-1")
    again = await life.assign(cause=AssignmentCause.REOPENED, replaces=mine)
    item = await crew.looks(f"/desk/assignments/{again}")
    assert item["words_url"] == "http://127.0.0.1:8305/comments/words-1"
    thanks = {"agency": LIGHTS, "rating": 5, "comment_ref": "words-2"}
    for n, (kind, team) in enumerate((("praise", "night-2"), ("praise", "day-1"), ("complaint", "night-2"))):
        await bench.feed(FeedbackRecorded(feedback_id=UUID(int=n), kind=FeedbackKind(kind), crew=team, **thanks))
    answer_for = await bench.http.get("/desk/praise?crew=night-2", headers=crew.headers)
    assert [(one["crew"], one["rating"]) for one in answer_for.json()] == [("night-2", 5)]
    assert answer_for.json()[0]["words_url"] == "http://127.0.0.1:8305/comments/words-2"
    other = await bench.http.get("/desk/praise", headers=Crew(bench, STREETS).headers)
    assert (other.json(), (await bench.http.get("/desk/praise")).status_code) == ([], 403)
    assert await bench.rebuild("intake") == []


@pytest.mark.requirement("INT-13", "CLO-01")
async def test_photos_of_the_crew_are_evidence_and_shown(life: Life) -> None:
    crew, mine = Crew(life.bench), await life.assign()
    picture = {"content": pictures.plain("JPEG"), "headers": {"content-type": "image/jpeg"}}
    claim = (await life.bench.http.post("/photos", **picture)).json()["photos"][0]["claim"]
    unknown = await crew.does(mine, "complete", disposition="fixed", photos=["0" * 64 + ".x"])
    assert (unknown.status_code, unknown.json()["code"]) == (422, "photo_unknown")
    done = await crew.does(mine, "complete", disposition="fixed", photos=[claim])
    assert done.status_code == 200, done.text
    (closed,) = life.closings()
    assert (closed.evidence[0].kind.value, closed.evidence[0].reference) == ("photo", claim.partition(".")[0])
    assert [photo["photo_id"] for photo in (await life.show())["photos"]] == [closed.evidence[0].reference]


@pytest.mark.requirement("CLO-01")
async def test_closings_in_bulk_at_the_desk_need_somebody_else(bench_factory: BenchFactory) -> None:
    cities = Path(__file__).parents[3] / "cities"
    bench = await bench_factory(build, Settings, city=cities / "san-diego")
    agency = "environmental-services"
    crew = Crew(bench, agency, "night")
    parts = [await (await new_life(bench, "missed-collection")).assign(agency) for _ in range(12)]
    ending = {"step": "cannot-complete", "disposition": "no_issue_found", "explanation": LOCKED}
    actions = [{"client_id": f"c{n}", "assignment_id": str(part), **ending} for n, part in enumerate(parts)]
    results = (await crew.syncs(actions))["results"]
    assert [result["status"] for result in results] == [200] * 10 + [202] * 2
    (group,) = (await crew.looks("/closings/held"))["held"]
    assert (group["count"], group["doors"], group["said_by"]) == (2, ["desk"], ["night"])
    body = {"group": group["group"], "confirm": True, "reason": "We were there."}
    alone = await bench.http.post("/closings/held/decide", json=body, headers=crew.headers)
    assert alone.status_code == 409
    second = await bench.http.post("/closings/held/decide", json=body, headers=Crew(bench, agency, "day").headers)
    assert second.json()["confirmed"] == 2


def test_every_step_of_the_table_can_be_taken_at_the_desk() -> None:
    for at in Substatus:
        offered = {STEPS[step].value for step in desk_steps(Part(UUID(int=1), "lights", at)) if step not in OWN}
        assert offered == set(allowed_steps(at))


@pytest.mark.requirement("CP-08", "CP-09")
async def test_whoever_it_is_referred_to_finds_everything_that_was_said_and_sent(bench_factory: BenchFactory) -> None:
    life = await new_life(await bench_factory(build, Settings))
    first, claim = await life.assign(), await uploaded(life.bench)
    assert (await life.post("photos", {"photos": [claim]})).status_code < 300
    assert (await life.post("messages", {"text": "The gate code is 4455, call 213-555-0142."})).status_code == 201
    before = await details_for(life, LIGHTS)
    note = {"text": "The pole belongs to another department."}
    assert (await Crew(life.bench).does(first, "refer", **note)).status_code == 200
    await life.assign(STREETS, AssignmentCause.REFERRAL)
    after = await details_for(life, STREETS)
    assert after == before, "answers, words, contact and messages are the same for the next"
    assert after["messages"][0]["text"] == "The gate code is 4455, call 213-555-0142."
    seen = await life.show()
    assert [photo["photo_id"] for photo in seen["photos"]] == [claim.partition(".")[0]]
    assert "The pole belongs to another department." in str(seen["timeline"])
    refused = await life.bench.http.get(f"{life.path}/details", headers=Crew(life.bench).headers)
    assert refused.status_code == 403, "who handed it on reads no more"


async def details_for(life: Life, agency: str) -> dict[str, Any]:
    answer = await life.bench.http.get(f"{life.path}/details", headers=Crew(life.bench, agency).headers)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def uploaded(bench: Bench) -> str:
    sent = await bench.http.post("/photos", files=[("photos", ("a.jpg", pictures.plain("JPEG"), "image/jpeg"))])
    return str(sent.json()["photos"][0]["claim"])
