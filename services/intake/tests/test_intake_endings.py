"""Closings that must be more than closings: hollow words, bulk, verification, and what is counted of them."""

import shutil
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.intake import RequestCreated, RequestUpdated
from contracts.vocabulary import AssignmentCause, Disposition
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_intake_life import DONE, LIGHTS, WORK_ORDER, Life

BenchFactory = Callable[..., Awaitable[Bench]]
CITIES = Path(__file__).parents[3] / "cities"
SAN_DIEGO, LOS_ANGELES = CITIES / "san-diego", CITIES / "los-angeles"
STREETS = "transportation-storm-water"
LOCKED = {"en": "The gate was locked and nobody came.", "es": "La reja estaba cerrada y nadie vino."}


async def new_life(bench: Bench, service: str = "single-streetlight-issue") -> Life:
    """Report something on a bench that runs."""
    body = {
        "service_code": service,
        "description": "Lamp out.",
        "place": {"address": "100 W 1st St"},
        "reporter": {"email": "pat@example.org"},
    }
    answer = await bench.http.post("/requests", json=body)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    made = answer.json()
    created = bench.events("request.created", RequestCreated)
    return Life(bench, made, next(event for event in created if str(event.request_id) == made["request_id"]))


@pytest.fixture
async def bench(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings)


@pytest.fixture
async def san_diego(bench_factory: BenchFactory) -> Bench:
    return await bench_factory(build, Settings, city=SAN_DIEGO)


@pytest.mark.requirement("CLO-01", "CLO-03", "CLO-07")
async def test_words_that_say_nothing_and_referrals_inside_the_city_are_no_closings(bench: Bench) -> None:
    life = await new_life(bench)
    mine = await life.assign()
    act, away = Disposition.UNABLE_TO_ACT, Disposition.REFERRED_EXTERNAL
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"disposition": act, "explanation": {"en": "Done."}}, "explanation_hollow"),
        ({"disposition": act, "explanation": {"en": "No action needed!"}}, "explanation_hollow"),
        ({"disposition": act, "explanation": {"en": "It was referred to another department."}}, "explanation_hollow"),
        ({"disposition": act, "explanation": {"es": LOCKED["es"]}}, "explanation_missing"),
        ({"disposition": Disposition.CANCELLED_BY_REQUESTER, "explanation": LOCKED}, "disposition_not_fitting"),
        ({"disposition": away, "explanation": LOCKED}, "recipient_missing"),
        ({"disposition": away, "explanation": LOCKED, "handed_to": "nobody"}, "recipient_unknown"),
        ({"disposition": away, "explanation": LOCKED, "handed_to": "street-services"}, "recipient_is_ours"),
        ({"disposition": away, "explanation": LOCKED, "handed_to": "parking-meter-line"}, "recipient_is_ours"),
    ]
    for given, code in wrong:
        await life.says(mine, "cannot_complete", **given)
        assert life.refusals()[-1].code == code, given
    assert life.closings() == []
    assert life.refusals()[-1].allowed == ("referred",)
    await life.says(mine, "cannot_complete", disposition=away, explanation=LOCKED, handed_to="social-services-211")
    (closed,) = life.closings()
    assert closed.explanation["en"].endswith("211.")
    assert closed.explanation["es"].startswith(LOCKED["es"])
    assert (closed.closed_by, closed.door) == (f"agency:{LIGHTS}", "outbox")


@pytest.mark.requirement("CLO-11", "STA-05")
async def test_refusals_are_counted_by_agency_and_rule(bench: Bench) -> None:
    life = await new_life(bench)
    mine = await life.assign()
    for _ in range(3):
        await life.says(mine, "completed")
    await life.says(mine, "on_hold", hold_reason="lunch")
    staff, own = bench.token("supervisor"), bench.token("agency", agency=LIGHTS)
    counted = (await bench.http.get("/closings/refusals", headers=staff)).json()["refusals"]
    assert [(one["agency"], one["rule"], one["count"]) for one in counted] == [
        (LIGHTS, "disposition_missing", 3),
        (LIGHTS, "hold_reason_missing", 1),
    ]
    assert (await bench.http.get("/closings/refusals", headers=own)).json()["refusals"] == counted
    assert (await bench.http.get(f"/closings/refusals?agency={STREETS}", headers=own)).status_code == 403
    assert (await bench.http.get("/closings/refusals")).status_code == 403
    metrics = (await bench.http.get("/metrics")).text
    assert f'relay311_updates_refused_total{{agency="{LIGHTS}",rule="disposition_missing"}} 3.0' in metrics


@pytest.mark.requirement("CLO-05", "CLO-06", "CLO-11")
async def test_a_disputed_closing_counts_in_the_rate_of_who_closed_it_and_is_an_exception(bench: Bench) -> None:
    good, bad, undone = [await new_life(bench) for _ in range(3)]
    for life in (good, bad):
        await life.says(await life.assign(), "completed", **DONE)
    await undone.says(await undone.assign(), "cannot_complete", disposition="unable_to_act", explanation=LOCKED)
    assert (await bad.post("dispute", {"comment": "Still dark."})).status_code == 200
    rates = (await bench.http.get("/closings/rates")).json()
    (line,) = rates["rates"]
    assert (line["agency"], line["service_code"]) == (LIGHTS, "single-streetlight-issue")
    assert (line["closed"], line["reopened"], line["rate"]) == (3, 1, 0.3333)
    assert rates["agencies"] == [{"agency": LIGHTS, "closed": 3, "reopened": 1, "rate": 0.3333}]
    staff = bench.token("supervisor")
    listed = (await bench.http.get("/closings/exceptions", headers=staff)).json()["exceptions"]
    assert {one["tracking_number"]: one["why"] for one in listed} == {
        bad.made["tracking_number"]: ["disputed", "reopened"],
        undone.made["tracking_number"]: ["not_done"],
    }
    first = (await bench.http.get("/closings/exceptions?limit=1", headers=staff)).json()
    rest = (await bench.http.get(f"/closings/exceptions?limit=1&cursor={first['next']}", headers=staff)).json()
    assert first["exceptions"] + rest["exceptions"] == listed
    assert await bench.rebuild("intake", wiped=True) == []
    assert (await bench.http.get("/closings/rates")).json()["rates"] == rates["rates"]


@pytest.mark.requirement("CLO-01")
async def test_more_closings_of_an_agency_than_the_city_says_wait_whatever_their_words(
    bench_factory: BenchFactory, tmp_path: Path
) -> None:
    city = tmp_path / "san-diego"
    shutil.copytree(SAN_DIEGO, city)
    steps = (city / "steps.yaml").read_text()
    limit = "bulk_closing: {hours: 24, alike: 10, closings: 200}"
    assert steps.count(limit) == 1
    (city / "steps.yaml").write_text(steps.replace(limit, "bulk_closing: {hours: 24, closings: 2}"))
    bench, agency = await bench_factory(build, Settings, city=city), "environmental-services"
    lives = [await new_life(bench, "missed-collection") for _ in range(4)]
    for number, life in enumerate(lives):
        told = {language: f"{text} {number}" for language, text in LOCKED.items()}
        await life.says(await life.assign(agency), "cannot_complete", agency=agency,
                        disposition=Disposition.NO_ISSUE_FOUND, explanation=told)  # fmt: skip
    assert len(lives[0].closings()) == 2
    refusals = lives[0].refusals()
    assert [refusal.code for refusal in refusals] == ["second_person_needed"] * 2
    assert "More than 2 closings within 24 hours" in refusals[0].detail
    assert refusals[0].allowed, "what may be reported meanwhile"
    held = (await bench.http.get("/closings/held", headers=bench.token("supervisor"))).json()["held"]
    assert sorted(group["count"] for group in held) == [1, 1], "each is its own matter: their words differ"


@pytest.mark.requirement("CLO-01", "CLO-08")
async def test_closings_alike_beyond_the_citys_number_wait_for_a_second_person(san_diego: Bench) -> None:
    bench, agency = san_diego, "environmental-services"
    lives = [await new_life(bench, "missed-collection") for _ in range(13)]
    mine = [await life.assign(agency) for life in lives]
    ending = {"disposition": Disposition.NO_ISSUE_FOUND, "explanation": LOCKED, "agency": agency}
    for life, part in zip(lives, mine, strict=True):
        await life.says(part, "cannot_complete", update_id="night-run", **ending)
    assert len(lives[0].closings()) == 10
    assert [refusal.code for refusal in lives[0].refusals()] == ["second_person_needed"] * 3
    assert (await lives[-1].show())["status"] == "open"
    boss = bench.token("supervisor", "boss")
    (group,) = (await bench.http.get("/closings/held", headers=boss)).json()["held"]
    assert (group["agency"], group["count"], group["explanation"]) == (agency, 3, LOCKED)
    body = {"group": group["group"], "confirm": False, "reason": "Nobody was there at night."}
    stranger = bench.token("agency", "clerk", agency="parks")
    assert (await bench.http.post("/closings/held/decide", json=body, headers=stranger)).status_code == 403
    declined = await bench.http.post("/closings/held/decide", json=body, headers=boss)
    assert declined.json()["declined"] == 3
    await bench.quiet()
    told = [refusal.detail for refusal in lives[0].refusals() if refusal.code == "closing_declined"]
    assert len(told) == 3
    assert "Nobody was there at night." in told[0]
    await lives[-1].says(mine[-1], "cannot_complete", **ending)
    clerk = bench.token("agency", "clerk", agency=agency)
    confirmed = await bench.http.post("/closings/held/decide", json=body | {"confirm": True}, headers=clerk)
    assert (confirmed.status_code, confirmed.json()["confirmed"]) == (200, 1)
    await bench.quiet()
    (closed,) = [closing for closing in lives[0].closings() if closing.confirmed_by]
    assert (closed.closed_by, closed.confirmed_by, closed.door) == (f"agency:{agency}", f"agency:{agency}", "outbox")
    assert (await bench.http.post("/closings/held/decide", json=body, headers=boss)).status_code == 404
    assert await bench.rebuild("intake") == []


@pytest.mark.requirement("STA-06", "CLO-01", "CLO-08")
async def test_finished_work_is_looked_at_where_the_city_asks_for_it(san_diego: Bench) -> None:
    bench = san_diego
    life = await new_life(bench, "streetlight")
    mine = await life.assign(STREETS)
    await life.says(mine, "completed", agency=STREETS, **DONE)
    assert (life.closings(), life.kinds()) == ([], ["verification"])
    shown = await life.show()
    assert (shown["status"], shown["substatus"]) == ("open", "completed")
    await life.says(mine, "in_progress", agency=STREETS)
    assert life.refusals()[-1].code == "step_not_allowed"
    boss, agent = bench.token("supervisor", "boss"), bench.token("agent")
    (waiting,) = (await bench.http.get("/verifications", headers=agent)).json()["verifications"]
    assert (waiting["agency"], waiting["verifier"]) == (STREETS, "supervisor")
    assert (await life.post("verification", {"done": True}, headers=agent, link=False)).status_code == 403
    assert (await life.post("verification", {"done": False}, headers=boss, link=False)).status_code == 422
    back = await life.post("verification", {"done": False, "reason": "Still dark."}, headers=boss, link=False)
    assert back.json()["substatus"] == "in_progress"
    again = await life.post("verification", {"done": True}, headers=boss, link=False)
    assert (again.status_code, again.json()["code"], again.json()["allowed"]) == (
        409, "step_not_allowed", ["assign", "write", "cancel"],
    )  # fmt: skip
    await life.says(mine, "completed", agency=STREETS, **DONE)
    assert await bench.rebuild("intake", wiped=True) == []
    assert (await life.post("verification", {"done": True}, headers=boss, link=False)).status_code == 200
    (closed,) = life.closings()
    assert (closed.closed_by, closed.confirmed_by, closed.evidence) == (f"agency:{STREETS}", "supervisor", WORK_ORDER)
    assert (await life.show())["status"] == "closed"
    assert await bench.rebuild("intake") == []


@pytest.mark.requirement("CLO-09")
async def test_nothing_closes_by_time(bench: Bench) -> None:
    waiting, asked, referred, held = [await new_life(bench) for _ in range(4)]
    await waiting.assign()
    await asked.says(await asked.assign(), "needs_information", text="Which pole?")
    await referred.says(await referred.assign(), "referred", text="Not ours.")
    await held.says(await held.assign(), "on_hold", hold_reason="weather", text="It rains.")
    for _ in range(6):
        await bench.advance(timedelta(days=200))
    assert waiting.closings() == []
    assert [(await life.show())["status"] for life in (waiting, asked, referred, held)] == ["open"] * 4


@pytest.mark.requirement("STA-05")
async def test_work_on_hold_says_why_and_stops_the_clock(bench: Bench) -> None:
    life = await new_life(bench)
    mine = await life.assign()
    await life.says(mine, "on_hold", hold_reason="weather", text="It rains.")
    await life.says(mine, "note", text="Came by again, still raining.")
    await life.says(mine, "in_progress")
    assert life.kinds() == ["on_hold", "clock_paused", "in_progress", "clock_resumed"]
    assert [change.reason for change in life.changes()[:2]] == ["weather", "weather"]
    entries = [(e["kind"], e.get("reason") or e.get("text")) for e in (await life.show())["timeline"]]
    assert ("substatus", "weather") in entries
    assert ("note", "Came by again, still raining.") in entries
    assert await bench.rebuild("intake") == []


@pytest.mark.requirement("STA-01", "STA-05")
async def test_the_table_of_steps_is_shown_and_a_refused_step_says_what_is_allowed(bench: Bench) -> None:
    told = (await bench.http.get("/lifecycle")).json()
    assert {step["step"] for step in told["steps"]} >= {"accepted", "completed", "cancel", "dispute", "verify"}
    assert set(told["substatuses"]["referred"]) == {"en", "es"}
    life = await new_life(bench)
    early = await life.post("dispute")
    assert (early.status_code, early.json()["allowed"]) == (409, ["write", "cancel"])
    await life.says(await life.assign(), "completed", **DONE)
    late = await life.post("messages", {"text": "Thanks."})
    assert (late.status_code, late.json()["allowed"]) == (409, ["dispute"])
    assert (await life.post("cancel")).json()["allowed"] == ["dispute"]


@pytest.mark.requirement("CLO-05")
async def test_a_reopened_request_goes_to_the_crew_that_closed_it_with_priority(bench: Bench) -> None:
    life = await new_life(bench)
    await life.assign()
    await bench.rows("intake", "UPDATE assignment SET crew = 'night-2'")
    part = (await bench.rows("intake", "SELECT assignment_id FROM assignment"))[0]["assignment_id"]
    await life.says(part, "completed", **DONE)
    await life.post("dispute", {"comment": "Still dark."})
    await life.assign(cause=AssignmentCause.REOPENED, replaces=part)
    (again,) = await bench.rows("intake", "SELECT crew, priority, queue FROM assignment WHERE NOT ended")
    assert (again["crew"], again["priority"], again["queue"]) == ("night-2", True, "desk")
    assert [c.kind for c in [e.change for e in bench.events("request.updated", RequestUpdated)]] == []


@pytest.mark.requirement("STA-02", "STA-10")
async def test_who_had_it_how_long_is_shown_with_both_ends(bench: Bench) -> None:
    life = await new_life(bench)

    def later(hours: int) -> None:
        bench.clock.now += timedelta(hours=hours)

    later(1)
    lights = await life.assign()
    later(2)
    await life.says(lights, "in_progress")
    later(3)
    await life.says(lights, "referred", text="The pole is not ours.")
    later(4)
    streets = await life.assign("street-services", AssignmentCause.REFERRAL, replaces=lights)
    later(5)
    running = await life.show()
    assert running.get("ended_at") is None
    assert running["segments"][-1]["seconds"] == 5 * 3600
    await life.says(streets, "completed", agency="street-services", **DONE)
    later(6)
    shown = await life.show()
    assert (shown["started_at"], shown["ended_at"]) == (shown["opened_at"], shown["closed_at"])
    assert [(s.get("agency"), s["substatus"], s["seconds"] // 3600) for s in shown["segments"]] == [
        (None, "received", 1), (LIGHTS, "assigned", 2), (LIGHTS, "in_progress", 3), (None, "referred", 4),
        ("street-services", "assigned", 5),
    ]  # fmt: skip
    assert shown["durations"]["total"] == 15 * 3600
    assert shown["durations"]["agencies"] == {LIGHTS: 5 * 3600, "street-services": 5 * 3600}


@pytest.mark.requirement("SUR-01", "CLO-04")
async def test_a_closing_says_from_when_its_result_is_there_to_see_and_is_disputed_from_then(bench: Bench) -> None:
    life = await new_life(bench)
    planted = bench.clock.now + timedelta(days=30)
    await life.says(await life.assign(), "completed", **DONE, visible_from=planted)
    (closed,) = life.closings()
    assert closed.visible_from == planted
    shown = await life.show()
    assert datetime.fromisoformat(shown["visible_from"]) == planted
    page = await bench.http.get(f"/requests/{life.made['tracking_number']}", headers={"accept": "text/html"})
    assert "There to see from" in page.text
    await bench.advance(timedelta(days=40))
    assert (await life.post("dispute", {"comment": "Nothing was planted."})).status_code == 200
    assert await bench.rebuild("intake") == []


@pytest.mark.requirement("SUR-01")
async def test_the_catalog_says_how_long_a_services_result_takes_to_be_seen(
    bench_factory: BenchFactory, tmp_path: Path
) -> None:
    city = tmp_path / "los-angeles"
    shutil.copytree(LOS_ANGELES, city)
    part, code = city / "services" / "graffiti-lights.yaml", "  - code: single-streetlight-issue\n"
    catalog = part.read_text()
    assert catalog.count(code) == 1
    part.write_text(catalog.replace(code, f"{code}    survey: {{visible_after_hours: 72}}\n"))
    bench = await bench_factory(build, Settings, city=city)
    done, undone = await new_life(bench), await new_life(bench)
    await done.says(await done.assign(), "completed", **DONE)
    await undone.says(await undone.assign(), "cannot_complete", disposition="unable_to_act", explanation=LOCKED)
    closings = {event.disposition: event for event in done.closings()}
    first, second = closings[Disposition.FIXED], closings[Disposition.UNABLE_TO_ACT]
    assert first.visible_from == first.closed_at + timedelta(hours=72)
    assert second.visible_from is None, "nothing was done that could be seen"
    assert await bench.rebuild("intake") == []
