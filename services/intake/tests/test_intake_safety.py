"""Limits shared by all processes, reports held for review, and answers that repeat."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from chassis.limiting import Limiter
from chassis.testing import Bench
from contracts.city import load_city
from contracts.city.people import Limit
from contracts.frontends import Place, RequestSubmitted
from contracts.intake import ContactRecorded, RequestAccepted, RequestCreated
from intake.app import build
from intake.domain.requests.tracking import tracking_number
from intake.settings import Settings

BenchFactory = Callable[..., Awaitable[Bench]]
PAINT = {"service_code": "graffiti-removal", "description": "Paint.", "place": {"address": "100 W 1st St"}}
SPAM = PAINT | {"description": "CASINO bonus at www.casino.example, only today!"}
SMALL = Limit(at_once=3, an_hour=60)


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings, trusted_proxies="127.0.0.1")


async def post(bench: Bench, body: Any = PAINT, caller: str = "", **headers: str) -> httpx2.Response:
    given = headers | ({"X-Forwarded-For": caller} if caller else {})
    return await bench.http.post("/requests", json=body, headers=given)


@pytest.mark.requirement("CH-17")
async def test_too_much_from_one_network_is_told_when_to_go_on(bench: Bench) -> None:
    codes = [(await post(bench, caller=f"2001:db8:1:2::{n:x}")).status_code for n in range(1, 121)]
    assert codes == [201] * 120
    refused = await post(bench, caller="2001:db8:1:2::ffff")
    assert (refused.status_code, refused.headers["content-type"]) == (429, "application/problem+json")
    assert 0 < int(refused.headers["retry-after"]) <= 3
    assert (await post(bench, caller="2001:db8:1:3::1")).status_code == 201
    staff = await post(bench, caller="2001:db8:1:2::ffff", **bench.token("agent"))
    assert staff.status_code == 201


async def test_a_contact_has_a_limit_of_its_own_wherever_it_writes_from(bench: Bench) -> None:
    body = PAINT | {"reporter": {"email": "pat@example.org"}}
    codes = [(await post(bench, body, caller=f"198.51.100.{n}")).status_code for n in range(21)]
    assert codes == [201] * 20 + [429]


async def test_a_device_has_a_limit_of_its_own_whatever_network_it_roams_through(bench: Bench) -> None:
    limit = load_city(bench.running["intake"].service.settings.city).people.limits.device.at_once
    phone = {"X-Device-Id": "phone-1"}
    codes = [(await post(bench, caller=f"198.51.{n // 200}.{n % 200}", **phone)).status_code for n in range(limit + 1)]
    assert codes == [201] * limit + [429]
    assert (await post(bench, caller="198.51.9.9", **{"X-Device-Id": "phone-2"})).status_code == 201


async def test_limits_are_shared_between_processes_and_name_nobody(bench: Bench) -> None:
    doors, seconds = bench.running["intake"].doors, [0.0]
    one, two = (Limiter("k", clock=lambda: seconds[0]) for _ in range(2))
    for _ in range(3):
        one.pour("address", "198.51.100.7", SMALL)
    two.pour("address", "198.51.100.7", SMALL)
    await one.settle(doors)
    await two.settle(doors)
    with pytest.raises(Exception, match="Too much"):
        two.pour("address", "198.51.100.7", SMALL)
    seconds[0] += 120
    two.pour("address", "198.51.100.7", SMALL)
    rows = await bench.rows("intake", "SELECT bucket, level FROM token_bucket")
    assert [round(row["level"]) for row in rows] == [4]
    assert "198" not in rows[0]["bucket"]


@pytest.mark.requirement("CH-17")
async def test_what_looks_like_spam_has_its_number_and_waits_until_a_person_releases_it(bench: Bench) -> None:
    held = await post(bench, SPAM, **{"Idempotency-Key": "k"})
    again = await post(bench, SPAM, **{"Idempotency-Key": "k"})
    assert (held.status_code, again.json()) == (202, held.json())
    assert (await post(bench, PAINT, **{"Idempotency-Key": "k"})).status_code == 409
    assert bench.published("request.created") == []
    agent = bench.token("agent")
    assert (await bench.http.get("/held")).status_code == 403
    (waiting,) = (await bench.http.get("/held", headers=agent)).json()["held"]
    assert (waiting["why"], waiting["report"]["description"]) == ("blocked_words", SPAM["description"])
    place = f"/held/{waiting['held_id']}"
    released = await bench.http.post(f"{place}/release", json={"reason": "A real complaint."}, headers=agent)
    assert released.json() == {"tracking_number": held.json()["tracking_number"], "status": "released"}
    await bench.quiet()
    (created,) = bench.events("request.created", RequestCreated)
    assert created.about.tracking_number == held.json()["tracking_number"]
    assert (await bench.http.post(f"{place}/refuse", json={"reason": "x"}, headers=agent)).status_code == 404


async def test_a_refused_report_is_kept_with_its_reason(bench: Bench) -> None:
    await post(bench, SPAM)
    agent = bench.token("agent")
    (waiting,) = (await bench.http.get("/held", headers=agent)).json()["held"]
    await bench.http.post(f"/held/{waiting['held_id']}/refuse", json={"reason": "Advertising."}, headers=agent)
    (row,) = await bench.rows("intake", "SELECT state, reason, report FROM vault_held")
    assert (row["state"], row["reason"]) == ("refused", "Advertising.")
    assert row["report"]["description"] == SPAM["description"]


@pytest.mark.requirement("CH-13")
async def test_a_key_gives_the_same_answer_thirty_days_later(bench: Bench) -> None:
    first = await post(bench, **{"Idempotency-Key": "again"})
    await bench.advance(timedelta(days=30))
    again = await post(bench, **{"Idempotency-Key": "again"})
    assert (again.status_code, again.json()) == (201, first.json())
    other = await post(bench, PAINT | {"description": "Other."}, **{"Idempotency-Key": "again"})
    assert (other.status_code, other.headers["content-type"]) == (409, "application/problem+json")


@pytest.mark.requirement("CH-21", "RTE-16")
@pytest.mark.parametrize(
    ("words", "calls"),
    [
        ("There is a gas leak under the paint.", {"emergency": "911"}),
        ("Hay una fuga de gas.", {"emergency": "911"}),
        ("I painted it because I am hungry.", {"social_services": "211"}),
        ("Tengo hambre.", {"social_services": "211"}),
    ],
)
async def test_danger_and_need_are_answered_at_every_door_and_counted(
    bench: Bench, words: str, calls: dict[str, str]
) -> None:
    made = (await post(bench, PAINT | {"description": words, "reporter": {"email": "p@example.org"}})).json()
    said = {
        "posted": made,
        "held": (await post(bench, SPAM | {"description": f"{SPAM['description']} {words}"})).json(),
    }
    link = str(made["manage_link"]).partition("?")[2]
    written = await bench.http.post(f"/requests/{made['tracking_number']}/messages?{link}", json={"text": words})
    said["written"] = written.json()
    event = RequestSubmitted(
        submission_key="a", submitter="desk", service_code="graffiti-removal", place=Place(address="1 Elm St"),
        description=words,
    )  # fmt: skip
    for published in (event, event.model_copy(update={"submission_key": "b", "description": "Paint."}), event):
        await bench.feed(published)
    accepted = bench.events("request.accepted", RequestAccepted)
    first, again = [one.model_dump() for one in accepted if one.submission_key == "a"]
    (calm,) = [one for one in accepted if one.submission_key == "b"]
    assert (calm.emergency, calm.social_services) == ({}, {})
    said |= {"published": first, "published again": again}
    for door, answer in said.items():
        told = {name: answer[name] for name in ("emergency", "social_services") if answer.get(name)}
        assert told.keys() == calls.keys(), door
        assert all(number in told[name]["en"] and number in told[name]["es"] for name, number in calls.items()), door
    kinds = {"emergency": "emergency_diverted", "social_services": "referred_onward"}
    counted = bench.events("contact.recorded", ContactRecorded)
    assert [(one.kind.value, one.destination) for one in counted] == [(kinds[n], to) for n, to in calls.items()] * 4
    created = bench.events("request.created", RequestCreated)
    assert sorted(list(one.told_to_call) for one in created) == [[], list(calls), list(calls)]


@pytest.mark.requirement("CH-21")
async def test_danger_in_a_report_that_is_held_and_released_is_counted_once(bench: Bench) -> None:
    told = await post(bench, SPAM | {"description": f"{SPAM['description']} There is a gas leak."})
    assert (told.status_code, "911" in told.json()["emergency"]["en"]) == (202, True)
    agent = bench.token("agent")
    (waiting,) = (await bench.http.get("/held", headers=agent)).json()["held"]
    place = f"/held/{waiting['held_id']}/release"
    assert (await bench.http.post(place, json={"reason": "It is meant."}, headers=agent)).status_code == 200
    await bench.quiet()
    (created,) = bench.events("request.created", RequestCreated)
    assert list(created.told_to_call) == ["emergency"]
    assert len({one.contact_id for one in bench.events("contact.recorded", ContactRecorded)}) == 1


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/nothing", 404), ("PUT", "/requests", 405), ("POST", "/requests", 422),
])  # fmt: skip
async def test_every_error_is_a_problem(bench: Bench, method: str, path: str, status: int) -> None:
    answer = await bench.http.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


async def test_a_number_that_is_none_is_answered_as_one_that_nobody_has(bench: Bench) -> None:
    made = (await post(bench)).json()
    guesses = [tracking_number(n * 999_983) for n in range(200)] + [
        "0000",
        "not-a-number",
        "%00",
        made["request_id"][:-1],
    ]
    answers = [await bench.http.get(f"/requests/{guess}") for guess in guesses]
    assert {answer.status_code for answer in answers} == {404}
    assert {str({k: v for k, v in answer.json().items() if k != "instance"}) for answer in answers} == {
        str({k: v for k, v in answers[0].json().items() if k != "instance"})
    }, "nothing tells a number that is none from one that nobody has"
    later = (await post(bench)).json()["tracking_number"]
    assert later[:4] != made["tracking_number"][:4], "no number tells how many came before"
