"""Routing's doors: the triage desk, assignments with their reasons, and the rules."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import RequestCreated
from contracts.routing import RequestAssigned
from contracts.vocabulary import Clock, Operator
from routing.app import build
from routing.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(build, Settings)
    return made


VAGUE = "Something smells in the street"


async def report(bench: Bench, service: str = "other", clock: Clock = Clock.WALL) -> UUID:
    """Feed one new request."""
    about = RequestFacts(tracking_number="T-1", service_code=service, opened_at=NOW, clock=clock)
    created = RequestCreated(
        request_id=uuid4(), sequence=1, about=about, place=Place(), operator=Operator.CITY_311,
        description=VAGUE,
    )  # fmt: skip
    imported = {"at": NOW - timedelta(days=900), "clock": "event"} if clock is Clock.EVENT else {}
    await bench.feed(created, **imported)  # type: ignore[arg-type]
    return created.request_id


async def resolve(bench: Bench, request_id: UUID, body: dict[str, Any], role: str = "agent", **headers: str) -> Any:
    given = bench.token(role) | headers
    answer = await bench.http.post(f"/triage/{request_id}/resolve", json=body, headers=given)
    await bench.quiet()
    return answer


@pytest.mark.requirement("RTE-03")
async def test_the_desk_lists_who_waits_with_suggestions(bench: Bench) -> None:
    request_id = await report(bench)
    answer = await bench.http.get("/triage", headers=bench.token("agent"))
    queue = answer.json()
    assert (queue["waiting"], datetime.fromisoformat(queue["oldest"])) == (1, NOW)
    assert queue["requests"][0]["request_id"] == str(request_id)
    suggested = {one["service_code"]: one["agency"] for one in queue["requests"][0]["suggestions"]}
    assert suggested
    assert all(suggested.values()), "each with the agency that would have it"
    assert "other" not in suggested


@pytest.mark.requirement("RTE-03")
async def test_a_verdict_becomes_an_assignment_and_is_audited(bench: Bench) -> None:
    request_id = await report(bench)
    answer = await resolve(bench, request_id, {"agency": "sanitation", "reason": "Call 555-0100 about it"})
    assert answer.status_code == 200
    (assigned,) = bench.events("request.assigned", RequestAssigned)
    assert (assigned.agency, assigned.cause.value) == ("sanitation", "triage")
    assert "555-0100" not in str(bench.published("request.assigned")), "a clerk's words stay with routing"
    (noted,) = await bench.rows("routing", "SELECT role, action, object, detail FROM audit")
    assert (noted["role"], noted["action"], noted["object"]) == ("agent", "triage.resolve", str(request_id))
    assert noted["detail"]["reason"] == "Call 555-0100 about it"
    again = await resolve(bench, request_id, {"agency": "sanitation", "reason": "Again"})
    assert again.status_code == 409


async def test_a_corrected_service_goes_by_its_rules(bench: Bench) -> None:
    request_id = await report(bench)
    answer = await resolve(bench, request_id, {"service_code": "graffiti-removal", "reason": "It is graffiti"})
    assert answer.json()["assignments"][0]["agency"] == "community-beautification"
    (assigned,) = bench.events("request.assigned", RequestAssigned)
    assert (assigned.rule_id, assigned.about.service_code) == ("graffiti", "graffiti-removal")


async def test_the_same_verdict_twice_is_one_assignment(bench: Bench) -> None:
    request_id = await report(bench)
    body = {"agency": "sanitation", "reason": "Trash"}
    answers = [await resolve(bench, request_id, body, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(bench.events("request.assigned", RequestAssigned)) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"agency": "circus", "reason": "A lion"}, "agency"),
        ({"agency": "sanitation", "queue": "lions", "reason": "A lion"}, "queue"),
        ({"service_code": "lions", "reason": "A lion"}, "service_code"),
        ({"service_code": "other", "reason": "Unsure"}, "service_code"),
        ({"agency": "sanitation"}, "reason"),
    ],
)
async def test_a_wrong_verdict_names_its_field(bench: Bench, body: dict[str, str], field: str) -> None:
    answer = await resolve(bench, await report(bench), body)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_many_verdicts_are_answered_each_by_itself(bench: Bench) -> None:
    imported, here = await report(bench, clock=Clock.EVENT), await report(bench)
    lines = [
        {"request_id": str(imported), "agency": "sanitation", "reason": "Owner on record", "key": "1"},
        {"request_id": str(uuid4()), "agency": "sanitation", "reason": "Unknown", "key": "2"},
        {"request_id": str(here), "agency": "circus", "reason": "A lion", "key": "3"},
    ]
    answer = await bench.http.post("/triage/resolve", json={"lines": lines}, headers=bench.token("system"))
    await bench.quiet()
    assert answer.json()["resolved"] == 1
    assert [result["status"] for result in answer.json()["results"]] == [200, 409, 422]
    (assigned,) = bench.events("request.assigned", RequestAssigned)
    assert assigned.assigned_at == NOW - timedelta(days=900)
    assert bench.published("request.assigned")[0].clock == "event"


async def test_only_staff_may_resolve_and_only_holders_may_look(bench: Bench) -> None:
    request_id = await report(bench, "graffiti-removal")
    refused = await resolve(bench, request_id, {"agency": "sanitation", "reason": "x"}, role="agency")
    assert refused.status_code == 403
    path = f"/assignments?request_id={request_id}"
    holder = bench.token("agency", agency="community-beautification")
    seen = await bench.http.get(path, headers=holder)
    assert seen.json()["assignments"][0]["rule_id"] == "graffiti"
    stranger = await bench.http.get(path, headers=bench.token("agency", agency="sanitation"))
    assert (stranger.status_code, (await bench.http.get(path)).status_code) == (403, 403)


async def test_the_rules_are_public_and_in_order(bench: Bench) -> None:
    rules = (await bench.http.get("/rules", params={"service": "dead-animal-removal"})).json()
    assert [rule["agency"] for rule in rules] == ["animal-services", "sanitation"]
