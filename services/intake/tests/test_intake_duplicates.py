"""Duplicates: shown, followed, told apart, linked by staff, closed and reopened with their parent, never merged."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.links import sign
from chassis.testing import Bench
from contracts.agencies import AgencyReport
from contracts.frontends import Place, RequestSubmitted
from contracts.intake import (
    DuplicateLinked,
    DuplicateUnlinked,
    Evidence,
    Followed,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
)
from contracts.routing import RequestAssigned
from contracts.topics import outbox
from contracts.vocabulary import AssignmentCause, Disposition, EvidenceKind, ReportKind
from intake.app import build
from intake.evaluating.__main__ import main as evaluate
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
LAMP, LIGHTS = "single-streetlight-issue", "street-lighting"
HERE = {"latitude": 34.05, "longitude": -118.25}
A_STEP_AWAY = {"latitude": 34.0501, "longitude": -118.25}
DOWN_THE_STREET = {"latitude": 34.054, "longitude": -118.25}
WORK_ORDER = (Evidence(kind=EvidenceKind.WORK_ORDER, reference="WO-1"),)


class Street:
    """Reports on one bench, and what becomes of them."""

    def __init__(self, bench: Bench, token: Callable[..., str]) -> None:
        self.bench, self.token = bench, token

    async def report(self, place: dict[str, Any], service: str = LAMP, **given: Any) -> dict[str, Any]:
        """Report something at a place."""
        body = {"service_code": service, "description": "Lamp out.", "place": place} | given
        answer = await self.bench.http.post("/requests", json=body)
        assert answer.status_code == 201, answer.text
        await self.bench.quiet()
        return dict(answer.json())

    async def post(self, made: dict[str, Any], what: str, body: Any = None, *, staff: bool = True) -> Any:
        """Do something with a request."""
        headers = self.token("agent") if staff else {}
        answer = await self.bench.http.post(f"/requests/{made['tracking_number']}/{what}", json=body, headers=headers)
        await self.bench.quiet()
        return answer

    async def link(self, child: dict[str, Any], parent: dict[str, Any]) -> Any:
        """Let a request follow another."""
        return await self.post(child, "link", {"number": parent["tracking_number"]})

    async def show(self, made: dict[str, Any]) -> dict[str, Any]:
        """Look at it as everybody may."""
        return dict((await self.bench.http.get(f"/requests/{made['tracking_number']}")).json())

    def created(self, made: dict[str, Any]) -> RequestCreated:
        """Find what was told of a new request."""
        told = self.bench.events("request.created", RequestCreated)
        return next(one for one in told if str(one.request_id) == made["request_id"])

    async def assign(self, made: dict[str, Any]) -> UUID:
        """Give it to an agency."""
        created, assignment_id = self.created(made), uuid4()
        await self.bench.feed(RequestAssigned(
            request_id=created.request_id, sequence=1, about=created.about, agency=LIGHTS, assignment_id=assignment_id,
            queue="desk", cause=AssignmentCause.RULE, confidence=1, reason={"en": "by rule"},
            assigned_at=self.bench.clock.now,
        ))  # fmt: skip
        return assignment_id

    async def says(self, made: dict[str, Any], assignment_id: UUID, kind: str, **given: Any) -> None:
        """Let the agency report."""
        await self.bench.feed(AgencyReport(
            request_id=UUID(made["request_id"]), assignment_id=assignment_id, update_id=uuid4().hex,
            kind=ReportKind(kind), reported_at=self.bench.clock.now, **given,
        ), topic=outbox(LIGHTS))  # fmt: skip

    async def finish(self, made: dict[str, Any], assignment_id: UUID) -> None:
        """Let the agency do it."""
        await self.says(made, assignment_id, "completed", disposition=Disposition.FIXED, evidence=WORK_ORDER)

    def closed(self) -> dict[str, RequestClosed]:
        """List what was closed, by request."""
        return {str(one.request_id): one for one in self.bench.events("request.closed", RequestClosed)}

    def changes(self, made: dict[str, Any]) -> list[Any]:
        """List what changed of one request."""
        told = self.bench.events("request.updated", RequestUpdated)
        return [one.change for one in told if str(one.request_id) == made["request_id"]]


@pytest.fixture
async def street(bench_factory: BenchFactory) -> Street:
    bench = await bench_factory(build, Settings)
    return Street(bench, bench.token)


def numbers(found: list[dict[str, Any]]) -> list[str]:
    return [one["tracking_number"] for one in found]


@pytest.mark.requirement("DUP-01", "DUP-02", "DUP-04")
async def test_what_is_near_is_shown_and_never_blocks(street: Street) -> None:
    first = await street.report(HERE)
    assert "possible_duplicates" not in first
    body = {"service_code": LAMP, "place": A_STEP_AWAY}
    before = (await street.bench.http.post("/requests/duplicates", json=body)).json()["candidates"]
    assert numbers(before) == [first["tracking_number"]]
    assert 10 < before[0]["metres"] < 12
    second = await street.report(A_STEP_AWAY)
    assert numbers(second["possible_duplicates"]) == [first["tracking_number"]]
    assert "possible_duplicates" not in await street.report(DOWN_THE_STREET)
    assert "possible_duplicates" not in await street.report(HERE, "dead-animal-removal")
    assert street.created(second).parent_request_id is None
    related = await street.report(HERE, "multiple-streetlight-issue")
    assert first["tracking_number"] in numbers(related["possible_duplicates"])
    street.bench.clock.now += timedelta(hours=169)
    assert "possible_duplicates" not in await street.report(HERE)


@pytest.mark.requirement("DUP-03")
async def test_staff_see_candidates_of_a_request_from_any_channel_until_they_are_told_apart(street: Street) -> None:
    first = await street.report(HERE)
    submitted = RequestSubmitted(
        submission_key="k", submitter="department", service_code=LAMP, place=Place(**HERE), channel="phone"
    )
    await street.bench.feed(submitted)
    other = next(one for one in street.bench.events("request.created", RequestCreated) if one.about.channel == "phone")
    path = f"/requests/{other.about.tracking_number}/duplicates"
    assert (await street.bench.http.get(path)).status_code == 403
    found = (await street.bench.http.get(path, headers=street.token("agent"))).json()["candidates"]
    assert numbers(found) == [first["tracking_number"]]
    made = {"tracking_number": other.about.tracking_number}
    assert (await street.post(made, "different", {"number": first["tracking_number"]})).status_code == 200
    assert (await street.bench.http.get(path, headers=street.token("agent"))).json() == {"candidates": []}


@pytest.mark.requirement("DUP-04")
async def test_a_reporter_says_that_theirs_is_different_or_the_same(street: Street) -> None:
    first = await street.report(HERE)
    number = first["tracking_number"]
    assert "possible_duplicates" not in await street.report(HERE, differs_from=[number])
    same = await street.report(HERE, follows=number.lower())
    assert same["parent_request_id"] == first["request_id"]
    assert str(street.created(same).parent_request_id) == first["request_id"]
    assert street.changes(same) == [DuplicateLinked(parent_request_id=UUID(first["request_id"]))]
    again = await street.report(HERE, follows=same["tracking_number"])
    assert again["parent_request_id"] == first["request_id"]
    body = {"service_code": LAMP, "place": HERE, "follows": "no such number"}
    wrong = await street.bench.http.post("/requests", json=body)
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "follows"


@pytest.mark.requirement("DUP-04", "DUP-05")
async def test_a_follower_is_told_but_decides_nothing(street: Street) -> None:
    first = await street.report(HERE, reporter={"email": "pat@example.org"})
    who = {"reporter": {"email": "ana@example.org", "language": "es"}}
    answer = await street.post(first, "follow", who, staff=False)
    assert answer.status_code == 200
    assert answer.json()["tracking_number"] == first["tracking_number"]
    assert answer.json()["forecast"]
    assert (await street.post(first, "follow", who, staff=False)).status_code == 200
    followed = street.bench.events("request.updated", RequestUpdated)
    assert [type(one.change) for one in followed] == [Followed]
    assert len(followed[0].about.contact_refs) == 2
    assert (await street.post(first, "follow", {"reporter": {"name": "Ana"}}, staff=False)).status_code == 409
    assert (await street.post(first, "follow", {"reporter": {"email": "ana"}}, staff=False)).status_code == 422
    ref = followed[0].about.contact_refs[1]
    link_key = street.bench.running["intake"].service.settings.link_key.get_secret_value()
    token = sign(link_key, "manage", f"{first['request_id']}:{ref}")
    path = f"/requests/{first['tracking_number']}/cancel?contact={ref}&token={token}"
    assert (await street.bench.http.post(path)).status_code == 403
    await street.finish(first, await street.assign(first))
    assert ref in street.closed()[first["request_id"]].about.contact_refs
    assert (await street.post(first, "follow", who, staff=False)).status_code == 409


@pytest.mark.requirement("DUP-05")
async def test_a_child_shows_closes_and_reopens_with_its_parent(street: Street) -> None:
    first = await street.report(HERE, reporter={"email": "pat@example.org"})
    second = await street.report(HERE, reporter={"email": "ana@example.org"})
    at_work, given_up = await street.assign(first), await street.assign(second)
    assert (await street.link(second, first)).json()["parent_request_id"] == first["request_id"]
    await street.says(first, at_work, "in_progress")
    shown = await street.show(second)
    assert shown["substatus"] == "in_progress"
    assert shown["agencies"] == [LIGHTS]
    assert shown["parent_number"] == first["tracking_number"]
    await street.says(second, given_up, "in_progress")
    assert street.bench.published("update.refused")
    await street.finish(first, at_work)
    endings = street.closed()
    assert endings[second["request_id"]].disposition is Disposition.FIXED
    assert endings[second["request_id"]].explanation == endings[first["request_id"]].explanation
    assert (await street.show(second))["status"] == "closed"
    assert (await street.post(first, "dispute")).status_code == 200
    reopened = street.bench.events("request.reopened", RequestReopened)
    assert {str(one.request_id) for one in reopened} == {first["request_id"], second["request_id"]}
    assert (await street.show(second))["status"] == "open"
    await street.finish(first, await street.assign(first))
    assert (await street.post(second, "dispute")).status_code == 200
    assert type(street.changes(second)[-1]) is DuplicateUnlinked
    assert (await street.show(first))["status"] == "closed"


@pytest.mark.requirement("DUP-05")
async def test_links_are_made_and_undone_by_staff_without_loops_or_chains(street: Street) -> None:
    first, second, third = [await street.report(HERE) for _ in range(3)]
    number = {"number": first["tracking_number"]}
    assert (await street.post(second, "link", number, staff=False)).status_code in {401, 403}
    assert (await street.link(first, first)).status_code == 409
    assert (await street.link(second, first)).status_code == 200
    assert (await street.link(second, first)).status_code == 200
    assert (await street.link(third, second)).status_code == 409
    assert (await street.link(first, third)).status_code == 409
    assert (await street.post(second, "unlink")).status_code == 200
    assert (await street.post(second, "unlink")).status_code == 409
    assert [type(change) for change in street.changes(second)] == [DuplicateLinked, DuplicateUnlinked]
    audited = await street.bench.rows(
        "intake", "SELECT action FROM audit WHERE action LIKE 'request.%link' ORDER BY id"
    )
    assert [row["action"] for row in audited] == ["request.link", "request.link", "request.unlink"]


@pytest.mark.requirement("DUP-05")
async def test_one_withdrawal_is_not_the_others(street: Street) -> None:
    made = []
    for _ in range(5):
        made.append(await street.report(HERE))
        street.bench.clock.now += timedelta(minutes=1)
    first, heir, *others = made
    for other in (*reversed(others), heir):
        await street.link(other, first)
    assert (await street.post(first, "cancel")).status_code == 200
    assert set(street.closed()) == {first["request_id"]}
    assert type(street.changes(heir)[-1]) is DuplicateUnlinked, "the one opened first takes its place"
    now_following = DuplicateLinked(parent_request_id=UUID(heir["request_id"]))
    assert [street.changes(other)[-1] for other in others] == [now_following] * 3


@pytest.mark.requirement("DUP-06")
async def test_a_report_after_closing_is_a_recurrence(street: Street) -> None:
    first = await street.report(HERE)
    await street.finish(first, await street.assign(first))
    second = await street.report(A_STEP_AWAY)
    assert second["recurrence_of"] == first["request_id"]
    assert second["possible_duplicates"][0]["status"] == "closed"
    created = street.created(second)
    assert str(created.recurrence_of) == first["request_id"]
    assert created.parent_request_id is None
    assert (await street.show(second))["recurrence_of"] == first["request_id"]
    third = await street.report(A_STEP_AWAY)
    assert "recurrence_of" not in third


@pytest.mark.requirement("DUP-01")
def test_the_judgement_is_measured_on_any_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    requests, pairs = tmp_path / "requests.csv", tmp_path / "pairs.csv"
    requests.write_text(
        "id,created,closed,type,address,lat,lon\n"
        "1,2026-01-01 08:00:00,,Lamp,1 Oak,34.05,-118.25\n"
        "2,2026-01-02 08:00:00,,Lamp,1 Oak,34.05,-118.25\n"
        "3,2026-01-02 09:00:00,,Lamp,9 Elm,34.15,-118.25\n"
    )
    pairs.write_text("dup_id,parent_id\n2,1\n3,1\n7,1\n")
    assert evaluate(["duplicates", str(requests), str(pairs)]) == 0
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert '"recall_at_5": 0.5' in last
    assert '"automatic_merges": 0' in last
