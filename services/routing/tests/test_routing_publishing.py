"""Rules that change while routing runs: rehearsed over what was, published by somebody, in force without a restart."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.testing import Bench
from contracts.city import Standing, load_city
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import RequestCreated
from contracts.routing import RequestAssigned
from contracts.vocabulary import Operator
from routing.app import build
from routing.domain.directory import Directory
from routing.domain.lifecycle import NOT_OPEN
from routing.domain.processes import describe, strange_ground
from routing.domain.rulebook import LEAD, Rulebook
from routing.handlers import Office, Reader
from routing.handlers.publishing import keep_up
from routing.settings import Settings

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
FOLDER = Path(__file__).parents[3] / "cities" / "los-angeles"
ROUTES = (FOLDER / "routes.yaml").read_text("utf-8")
NOW_IN_FORCE = 3
NEXT = NOW_IN_FORCE + 1
TAXIS = """  - id: for-hire
    version: 1
    services: [dockless-mobility, taxicab]
    agency: transportation
    queue: for-hire
"""
POLICE = """  - id: for-hire
    version: 2
    services: [dockless-mobility, taxicab]
    agency: police
    queue: non-emergency
"""
UNTIL, FROM = (f"    effective_{word}: 2026-07-01\n    agency" for word in ("until", "from"))
HEADS = ("  - id: dead-but-alive\n    version: 1", "  - id: dead-but-alive\n    version: 2")
TAILS = ("attributes: {condition: [alive]}", "attributes: {condition: [dead]}")


def changed(*swaps: tuple[str, str], version: int = NEXT) -> str:
    """Write the city's rules with some things replaced."""
    text = ROUTES.replace(f"\nversion: {NOW_IN_FORCE}\n", f"\nversion: {version}\n")
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    return text


@pytest.fixture
async def bench(bench_factory: Any) -> Bench:
    made: Bench = await bench_factory(build, Settings)
    return made


async def report(bench: Bench, service: str, number: str = "T-1", **facts: Any) -> UUID:
    request_id = uuid4()
    about = RequestFacts(tracking_number=number, service_code=service, opened_at=NOW)
    given: dict[str, Any] = {"place": Place(), "operator": Operator.CITY_311} | facts
    await bench.feed(RequestCreated(request_id=request_id, sequence=1, about=about, **given))
    return request_id


async def post(bench: Bench, path: str, body: dict[str, Any], role: str = "supervisor", **headers: str) -> Any:
    return await bench.http.post(path, json=body, headers=bench.token(role) | headers)


async def publish(bench: Bench, text: str, reason: str = "The police take taxis") -> Any:
    """Rehearse rules and publish them."""
    await post(bench, "/rules/rehearse", {"rules": text})
    return await post(bench, "/rules/sets", {"rules": text, "reason": reason})


def assigned(bench: Bench) -> dict[str, str]:
    """Name the agency of each request by its number."""
    return {event.about.tracking_number: event.agency for event in bench.events("request.assigned", RequestAssigned)}


@pytest.mark.requirement("RTE-02", "GOV-05")
async def test_the_rehearsal_of_a_swapped_rule_names_exactly_the_moved_requests(bench: Bench) -> None:
    alive, dead = {"condition": "alive"}, {"condition": "dead"}
    for number in range(12):
        answers = {"attributes": alive if number % 3 else dead}
        await report(bench, "dead-animal-removal", f"D-{number}", **answers)
        await report(bench, "graffiti-removal", f"G-{number}")
    found = (await post(bench, "/rules/rehearse", {"rules": changed(HEADS, TAILS)})).json()
    assert {move["tracking_number"] for move in found["requests"]} == {f"D-{number}" for number in range(12)}
    assert (found["looked_at"], found["moved"], found["version"], found["in_force"]) == (24, 12, NEXT, NOW_IN_FORCE)
    assert found["by_agency"] == [
        {"before": "animal-services", "after": "sanitation", "requests": 8},
        {"before": "sanitation", "after": "animal-services", "requests": 4},
    ]
    assert {(line["service_code"], line["after"]) for line in found["by_service"]} == {
        ("dead-animal-removal", "sanitation/dead-animals"),
        ("dead-animal-removal", "animal-services/field"),
    }
    (noted,) = await bench.rows("routing", "SELECT action, detail FROM audit")
    assert (noted["action"], noted["detail"]) == ("rules.rehearse", {"looked_at": 24, "moved": 12})
    assert list(assigned(bench).values()).count("animal-services") == 8, "nothing has moved yet"


async def test_a_rehearsal_looks_at_the_time_and_day_asked_for(bench: Bench) -> None:
    await report(bench, "taxicab")
    old = TAXIS.replace("    agency", UNTIL) + "    reason: {en: As before., es: Como antes.}\n"
    later = changed((TAXIS, old + POLICE.replace("    agency", FROM)))
    found = (await post(bench, "/rules/rehearse", {"rules": later})).json()
    assert (found["on"], found["moved"]) == ("2026-07-01", 1)
    today = (await post(bench, "/rules/rehearse", {"rules": later, "on": "2026-06-30"})).json()
    assert (today["moved"], today["looked_at"]) == (0, 1)
    none = (await post(bench, "/rules/rehearse", {"rules": later, "since": "2026-03-02T17:00:01Z"})).json()
    assert (none["moved"], none["looked_at"]) == (0, 0)


@pytest.mark.requirement("GOV-05", "CAT-22")
async def test_published_rules_take_effect_without_a_restart_and_are_audited(bench: Bench) -> None:
    answer = await publish(bench, changed((TAXIS, POLICE)))
    assert (answer.status_code, answer.json()["version"]) == (201, NEXT)
    await report(bench, "taxicab", "T-1")
    bench.clock.now += LEAD
    await report(bench, "taxicab", "T-2")
    assert assigned(bench) == {"T-1": "transportation", "T-2": "police"}
    found = bench.events("request.assigned", RequestAssigned)
    (last,) = [event for event in found if event.agency == "police"]
    assert (last.rule_id, last.rule_version) == ("for-hire", 2)
    rules = (await bench.http.get("/rules", params={"service": "taxicab"})).json()
    assert [rule["agency"] for rule in rules] == ["police"]
    sets = (await bench.http.get("/rules/sets", headers=bench.token("operator"))).json()
    assert (sets["in_force"], sets["folder"], sets["published"][0]["reason"]) == (
        NEXT,
        NOW_IN_FORCE,
        "The police take taxis",
    )
    shown = (await bench.http.get(f"/rules/sets/{NEXT}", headers=bench.token("operator"))).json()
    assert shown["rules"] == changed((TAXIS, POLICE))
    actions = [row["action"] for row in await bench.rows("routing", "SELECT action FROM audit ORDER BY id")]
    assert actions == ["rules.rehearse", "rules.publish"]


async def test_another_instance_decides_by_what_was_published(bench: Bench) -> None:
    await publish(bench, changed((TAXIS, POLICE)))
    city = load_city(FOLDER)
    other = Office(Rulebook(Directory.of(city)), "http://intake", Reader(city))
    async with bench.running["routing"].database.reads() as reads:
        await keep_up(reads, other)
    for moment, version in ((NOW + LEAD - timedelta(seconds=1), NOW_IN_FORCE), (NOW + LEAD, NEXT)):
        assert other.rulebook.at(moment).version == version


async def test_who_waits_because_of_a_pilot_still_waits_after_a_rebuild(bench: Bench) -> None:
    path = "/services/taxicab/standing"
    await post(bench, path, {"mode": "pilot", "areas": {"council_district": ["4"]}, "reason": "First month"})
    bench.clock.now += LEAD
    await report(bench, "taxicab", "T-1")
    await post(bench, path, {"mode": "live", "reason": "It works"})
    bench.clock.now += LEAD
    await report(bench, "taxicab", "T-2")
    assert await bench.rebuild("routing") == []
    (waits,) = (await bench.http.get("/triage", headers=bench.token("agent"))).json()["requests"]
    assert (waits["tracking_number"], waits["reason"]) == ("T-1", NOT_OPEN)
    assert assigned(bench) == {"T-2": "transportation"}


@pytest.mark.parametrize("wiped", [False, True])
async def test_a_rebuild_tells_the_same_decisions_whatever_rules_hold_now(bench: Bench, *, wiped: bool) -> None:
    await report(bench, "taxicab", "T-1")
    await report(bench, "other", "T-2")
    await publish(bench, changed((TAXIS, POLICE)))
    bench.clock.now += LEAD
    await report(bench, "taxicab", "T-3")
    assert await bench.rebuild("routing", wiped=wiped) == []
    agencies = [row["agency"] for row in await bench.rows("routing", "SELECT agency FROM assignment ORDER BY agency")]
    assert agencies == ["police", "transportation"]


async def test_the_way_back_is_to_publish_the_former_rules_again(bench: Bench) -> None:
    await publish(bench, changed((TAXIS, POLICE)))
    back = changed((TAXIS, TAXIS.replace("version: 1", "version: 3")), version=NEXT + 1)
    assert (await publish(bench, back, "It was too early")).status_code == 201
    bench.clock.now += LEAD
    await report(bench, "taxicab")
    assert assigned(bench) == {"T-1": "transportation"}


@pytest.mark.requirement("GOV-05")
async def test_what_may_not_be_published_says_why(bench: Bench) -> None:
    fresh = changed((TAXIS, POLICE))
    unseen = await post(bench, "/rules/sets", {"rules": fresh, "reason": "Quick"})
    assert (unseen.status_code, "were not rehearsed" in unseen.json()["detail"]) == (409, True)
    old = await publish(bench, changed((TAXIS, POLICE), version=NOW_IN_FORCE))
    assert [error["field"] for error in old.json()["errors"]] == ["rules.version"]
    same = await publish(bench, changed((TAXIS, POLICE.replace("version: 2", "version: 1"))))
    assert "for-hire say something else than before" in same.json()["detail"]
    await post(bench, "/rules/rehearse", {"rules": fresh})
    early = await post(
        bench, "/rules/sets", {"rules": fresh, "reason": "Quick", "effective_at": (NOW + LEAD / 2).isoformat()}
    )
    assert [error["field"] for error in early.json()["errors"]] == ["effective_at"]


async def test_wrong_rules_are_told_by_line_and_field(bench: Bench) -> None:
    wrong = changed((TAXIS, POLICE.replace("agency: police", "agency: circus")))
    answer = await post(bench, "/rules/rehearse", {"rules": wrong})
    line = wrong.splitlines().index("    agency: circus") + 1
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(f"rules, line {line}: rules[")
    for text in ("- no", "a: \x00", "[" * 200_000, "a: &x [1]\nb: [*x, *x]", "rules: {", "version: 3\nrules: 7"):
        refused = await post(bench, "/rules/rehearse", {"rules": text})
        assert (refused.status_code, bool(refused.json()["errors"])) == (422, True), text[:20]
    broken = await post(bench, "/rules/rehearse", {"rules": "version: 3\nrules: [{id: a, ]"})
    assert broken.json()["errors"][0]["field"].startswith("rules, line 2: ")
    silent = await post(bench, "/rules/sets", {"rules": ROUTES, "reason": "a\x00b"})
    assert silent.status_code == 422


@pytest.mark.parametrize("role", ["agent", "agency", "analyst"])
async def test_only_heads_rehearse_publish_and_switch(bench: Bench, role: str) -> None:
    body = {"rules": ROUTES, "reason": "x"}
    assert (await post(bench, "/rules/rehearse", {"rules": ROUTES}, role)).status_code == 403
    assert (await post(bench, "/rules/sets", body, role)).status_code == 403
    assert (await post(bench, "/services/taxicab/standing", {"mode": "off", "reason": "x"}, role)).status_code == 403


@pytest.mark.requirement("CAT-26", "GOV-02", "OPS-14")
async def test_a_pilot_is_open_in_its_area_alone_and_is_switched_back(bench: Bench) -> None:
    path = "/services/noise-complaint/standing"
    pilot = {"mode": "pilot", "areas": {"council_district": ["4"]}, "reason": "First month"}
    assert (await post(bench, path, pilot)).status_code == 200
    bench.clock.now += LEAD
    await report(bench, "noise-complaint", "T-1", place=Place(area={"council_district": "4"}))
    await report(bench, "noise-complaint", "T-2", place=Place(area={"council_district": "5"}))
    assert assigned(bench) == {"T-1": "police"}
    (waits,) = (await bench.http.get("/triage", headers=bench.token("agent"))).json()["requests"]
    assert (waits["tracking_number"], "pilot" in waits["reason"]) == ("T-2", True)
    assert (await post(bench, path, {"mode": "live", "reason": "It works"}, "operator")).status_code == 200
    bench.clock.now += LEAD
    await report(bench, "noise-complaint", "T-3", place=Place(area={"council_district": "5"}))
    assert assigned(bench) == {"T-1": "police", "T-3": "police"}
    noted = await bench.rows("routing", "SELECT object, detail FROM audit ORDER BY id")
    assert [(row["object"], row["detail"]["standing"]["mode"]) for row in noted] == [
        ("noise-complaint", "pilot"),
        ("noise-complaint", "live"),
    ]
    one = await post(bench, path, {"mode": "pilot", "agencies": ["animal-services"], "reason": "Barking first"})
    assert one.status_code == 200
    bench.clock.now += LEAD
    await report(bench, "noise-complaint", "T-4", attributes={"noise": "barking"})
    await report(bench, "noise-complaint", "T-5", attributes={"noise": "party"})
    assert assigned(bench) == {"T-1": "police", "T-3": "police", "T-4": "animal-services"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"mode": "pilot", "reason": "Nowhere"}, "body"),
        ({"mode": "live", "areas": {"council_district": ["4"]}, "reason": "Both"}, "body"),
        ({"mode": "pilot", "areas": {"council_district": ["99"]}, "reason": "Moon"}, "areas.council_district"),
        ({"mode": "pilot", "agencies": ["circus"], "reason": "Lions"}, "agencies"),
        ({"mode": "half", "reason": "x"}, "mode"),
    ],
)
async def test_a_wrong_switch_names_its_field(bench: Bench, body: dict[str, Any], field: str) -> None:
    answer = await post(bench, "/services/taxicab/standing", body)
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (422, [field])


@pytest.mark.requirement("GOV-01")
async def test_the_public_reads_what_happens_step_by_step_in_its_language(bench: Bench) -> None:
    told = (await bench.http.get("/services/pothole-repair/process", params={"language": "es"})).json()
    assert (told["service"], told["steps"][0]["who"], told["language"]) == ("Reparación de bache", "Usted", "es")
    assert [step["number"] for step in told["steps"]] == list(range(1, len(told["steps"]) + 1))
    assert all(step["name"] and step["outcome"] for step in told["steps"])
    assert told["owner"].startswith("Oficina de Servicios")
    page = await bench.http.get("/services/pothole-repair/process.html", params={"language": "xx"})
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="en">' in page.text
    assert page.text.count("<li>") == len(told["steps"])
    assert (await bench.http.get("/services/moon-dust/process")).status_code == 404


def test_a_process_and_a_standing_are_said_in_the_city_s_own_words() -> None:
    city = load_city(FOLDER)
    told = describe(city, city.services["taxicab"], "es")
    assert told["steps"][0]["who"] == "Usted"
    assert [error["field"] for error in strange_ground(city, Standing(mode="pilot", areas={"ward": ("1",)}))] == [
        "areas.ward"
    ]
    assert strange_ground(city, Standing(mode="pilot", agencies=("police",))) == []


@pytest.mark.requirement("GOV-02", "GOV-07", "GOV-09", "GOV-10", "GOV-11", "GOV-17", "CAT-26", "RTE-20")
async def test_staff_see_how_far_each_service_has_come(bench: Bench) -> None:
    found = (await bench.http.get("/onboarding", headers=bench.token("agent"))).json()
    assert {entry["service_code"] for entry in found} == set(load_city(FOLDER).services)
    assert {json.dumps(entry["lacks"]) for entry in found} == {"[]"}
    assert {entry["phase"] for entry in found} == {1, 2, 3}
    parking = next(entry for entry in found if entry["service_code"] == "parking-violation")
    assert "call the department's own line" in parking["change"]["as_is"]["en"]
    assert (parking["change"]["status"], parking["change"]["sponsor"]) == ("under_way", "general-manager-office")
    assert (parking["move"]["call_center"], parking["move"]["share_moved"]) == ("parking-and-signals", 0)
    assert parking["late"] == []
    bench.clock.now += timedelta(days=600)
    later = (await bench.http.get("/onboarding", headers=bench.token("agent"))).json()
    late = {entry["service_code"]: entry["late"] for entry in later if entry["late"]}
    assert late["parking-violation"] == ["change", "move"]
    assert "graffiti-removal" not in late, "nearly all of it comes in through 311"
