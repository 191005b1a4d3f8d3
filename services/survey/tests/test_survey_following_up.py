"""Who is asked how often, reminded once, and what low ratings, praise and complaints lead to; on a real database."""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.links import sign
from chassis.testing import Bench
from contracts.city import load_city
from contracts.intake import ContactErased
from contracts.survey import FeedbackRecorded, FollowUpChanged, FollowUpKind
from contracts.vocabulary import Channel, Disposition
from survey.app import build
from survey.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_survey_handlers import DAY, NOW, answered, closed, facts, invited, link, reopened

CITY = Path(__file__).parents[3] / "cities" / "los-angeles"
AGENCY = "community-beautification"
Make = Callable[..., Awaitable[Bench]]


@pytest.fixture
async def bench(bench_factory: Make) -> Bench:
    return await bench_factory(build, Settings, now=NOW, link_key="a key of the test")


def city_with(folder: Path, **changes: Any) -> Path:
    """Copy a city with other rules for its survey."""
    folder.mkdir()
    for path in CITY.iterdir():
        if path.name != "survey.yaml":
            (folder / path.name).symlink_to(path)
    rules = load_city(CITY).survey.model_dump(mode="json", exclude_none=True)
    (folder / "survey.yaml").write_text(yaml.safe_dump(rules | changes, allow_unicode=True))
    return folder


async def answer(bench: Bench, number: int, **answers: Any) -> None:
    """Close a request and answer its survey."""
    await bench.feed(closed(number, about=facts(contacts=(f"c{number}",), channel=Channel.PHONE)))
    await bench.advance(2 * DAY)
    (one,) = [one for one in invited(bench) if one.closure_id == closed(number).closure_id and not one.reminder]
    taken = await bench.http.post(link(one), json=answers)
    assert taken.status_code == 201, taken.text
    await bench.quiet()


def follow_ups(bench: Bench) -> list[FollowUpChanged]:
    """Return what is to be looked after of answers and complaints; results to be assessed have tests of their own."""
    told = bench.events("followup.changed", FollowUpChanged)
    return [one for one in told if one.kind is not FollowUpKind.ASSESSMENT]


@pytest.mark.requirement("SUR-02")
async def test_who_does_not_answer_is_reminded_once_and_who_answers_never(bench: Bench) -> None:
    await bench.feed(closed(about=facts(contacts=("c1", "c2"))))
    await bench.advance(2 * DAY)
    first, _ = invited(bench)
    await bench.http.post(link(first), json={"done": True})
    await bench.advance(8 * DAY)
    await bench.advance(20 * DAY)
    reminders = [one for one in invited(bench) if one.reminder]
    assert [(one.contact_ref, one.sequence) for one in reminders] == [("c2", 502)]
    assert reminders[0].expires_at is not None
    assert await bench.rebuild("survey") == []


async def test_nobody_is_reminded_of_a_closing_that_was_disputed(bench: Bench) -> None:
    await bench.feed(closed())
    await bench.advance(2 * DAY)
    await bench.feed(reopened())
    await bench.advance(20 * DAY)
    assert [one.reminder for one in invited(bench)] == [False]


@pytest.mark.requirement("SUR-02", "CLO-05")
async def test_nobody_is_asked_too_often_but_who_disputed_is(bench_factory: Make, tmp_path: Path) -> None:
    city = city_with(tmp_path / "los-angeles", fatigue={"at_most": 2, "in_days": 30})
    bench = await bench_factory(build, Settings, now=NOW, link_key="a key of the test", city=city)
    for number in range(1, 5):
        await bench.feed(closed(number, at=NOW + number * timedelta(hours=1)))
    await bench.advance(3 * DAY)
    assert len(invited(bench)) == 2
    await bench.feed(reopened())
    await bench.feed(closed(1, reopen_count=1, at=NOW + 3 * DAY))
    await bench.advance(3 * DAY)
    assert len([one for one in invited(bench) if not one.reminder]) == 3
    states = await bench.rows("survey", "SELECT state, count(*) AS n FROM invitation GROUP BY 1 ORDER BY 1")
    assert {row["state"]: row["n"] for row in states} == {"sent": 2, "spared": 2, "withdrawn": 1}
    assert await bench.rebuild("survey") == []


async def test_a_sample_is_asked_and_stays_the_same(bench_factory: Make, tmp_path: Path) -> None:
    city = city_with(tmp_path / "los-angeles", share=0.3)
    bench = await bench_factory(build, Settings, now=NOW, link_key="a key of the test", city=city)
    for number in range(60):
        await bench.feed(closed(number, about=facts(contacts=(f"c{number}",))))
    await bench.advance(3 * DAY)
    assert 8 <= len(invited(bench)) <= 30
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-05", "SUR-10", "CLO-10")
async def test_low_ratings_are_somebodys_to_look_after_until_a_date(bench: Bench) -> None:
    await answer(bench, 1, done=True, quality=1, handling=4, agent=2, comment="Call 213-555-0142, it hums")
    work, agent = follow_ups(bench)
    assert (work.agency, work.role, work.kind, work.reason) == (
        AGENCY,
        "customer-liaison",
        "low_rating",
        "work_rating 1",
    )
    assert (agent.agency, agent.reason) == ("city-311", "agent_rating 2")
    assert work.due_at - work.opened_at == timedelta(hours=120)
    own, other = bench.token("agency", agency=AGENCY), bench.token("agency", agency="sanitation")
    listed = (await bench.http.get(f"/follow-ups?agency={AGENCY}", headers=own)).json()
    assert [one["reason"] for one in listed] == ["work_rating 1"]
    assert (await bench.http.get(f"/follow-ups?agency={AGENCY}", headers=other)).status_code == 403
    path = f"/follow-ups/{work.follow_up_id}"
    assert (await bench.http.post(path, json={"state": "taken"}, headers=other)).status_code == 403
    assert (await bench.http.post(path, json={"state": "taken", "note": "Called"}, headers=own)).status_code == 200
    assert (await bench.http.post(path, json={"state": "settled"}, headers=own)).status_code == 422
    done = {"state": "settled", "outcome": "work_repeated"}
    assert (await bench.http.post(path, json=done, headers=own)).status_code == 200
    assert (await bench.http.post(path, json=done, headers=own)).status_code == 409
    comment = f"/comments/{answered(bench)[0].comment_ref}"
    assert (await bench.http.get(comment, headers=own)).json()["comment"] == "Call [phone], it hums"
    assert (await bench.http.get(comment, headers=other)).status_code == 403
    await bench.advance(6 * DAY)
    late = follow_ups(bench)[-1]
    assert (late.follow_up_id, late.level, late.state) == (agent.follow_up_id, 1, "open"), "nobody took that one"
    assert await bench.rebuild("survey") == []
    notes = await bench.rows("survey", "SELECT note FROM follow_up_note")
    assert [row["note"] for row in notes] == ["Called"]


@pytest.mark.requirement("SUR-10", "SUR-15")
async def test_who_has_a_follow_up_is_told_before_it_is_due_when_it_is_late_and_when_it_is_done(bench: Bench) -> None:
    body = {"kind": "complaint", "text": "Nobody came", "category": "late", "agency": AGENCY}
    await bench.http.post("/feedback", json=body)
    await bench.quiet()
    for _ in range(2):
        await bench.advance(DAY)
    assert await bench.rebuild("survey") == []
    for _ in range(5):
        await bench.advance(DAY)
    told = follow_ups(bench)
    assert [(one.role, one.overdue, one.reminder, one.version) for one in told] == [
        ("customer-liaison", False, 0, 1),
        ("customer-liaison", False, 1, 2),
        ("section-manager", True, 0, 3),
        ("general-manager-office", True, 0, 4),
        ("general-manager-office", True, 1, 5),
        ("general-manager-office", True, 2, 6),
    ]
    assert told[0].what == {"en": "A complaint: Late or never", "es": "Una queja: Tarde o nunca"}
    assert told[2].title["es"] == "Jefatura de sección"
    done = {"state": "settled", "outcome": "explained"}
    path = f"/follow-ups/{told[0].follow_up_id}"
    assert (await bench.http.post(path, json=done, headers=bench.token("supervisor"))).status_code == 200
    await bench.advance(3 * DAY)
    last = follow_ups(bench)[-1]
    assert (last.version, last.state, last.overdue, last.outcome) == (7, "settled", False, "explained")
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-07", "SUR-15")
async def test_who_complained_is_named_once_it_is_settled_so_that_they_are_told_how(bench: Bench) -> None:
    mine = {"contact": "c7", "token": sign("a key of the test", "feedback author", "c7")}
    for who in (mine, {}):
        body = {"kind": "complaint", "text": "Nobody came", "category": "late", "agency": AGENCY}
        await bench.http.post("/feedback", json=body | who)
    await bench.quiet()
    opened = follow_ups(bench)
    assert [one.contact_ref for one in opened] == [None, None]
    done = {"state": "settled", "outcome": "explained"}
    for one in opened:
        path = f"/follow-ups/{one.follow_up_id}"
        assert (await bench.http.post(path, json=done, headers=bench.token("supervisor"))).status_code == 200
    await bench.quiet()
    settled = [one for one in follow_ups(bench) if one.state == "settled"]
    assert {one.contact_ref for one in settled} == {"c7", None}
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-04", "CLO-10")
async def test_what_persists_after_the_time_to_dispute_is_a_review_and_a_dispute_needs_none(bench: Bench) -> None:
    await answer(bench, 1, done=False, quality=1)
    assert follow_ups(bench) == []
    await bench.feed(closed(2, about=facts(contacts=("c9",)), at=NOW))
    await bench.advance(20 * DAY)
    (late,) = [one for one in invited(bench) if one.closure_id == closed(2).closure_id and not one.reminder]
    assert (await bench.http.post(link(late), json={"done": False})).json()["disputed"] is False
    await bench.quiet()
    assert [(one.kind, one.reason) for one in follow_ups(bench)] == [("closure_review", "not done")]


@pytest.mark.requirement("SUR-09")
async def test_praise_reaches_the_crew_by_its_name(bench: Bench) -> None:
    event = closed(1).model_copy(update={"crew": "Night crew 12"})
    await bench.feed(event)
    await bench.advance(2 * DAY)
    await bench.http.post(link(invited(bench)[0]), json={"done": True, "quality": 5, "comment": "Thank you, ask Pat!"})
    await bench.quiet()
    (praise,) = bench.events("feedback.recorded", FeedbackRecorded)
    assert (praise.kind, praise.agency, praise.crew, praise.rating) == ("praise", AGENCY, "Night crew 12", 5)
    own = bench.token("agency", agency=AGENCY)
    listed = (await bench.http.get(f"/feedback?agency={AGENCY}&crew=Night crew 12&kind=praise", headers=own)).json()
    assert [one["public_words"] for one in listed] == ["Thank you, ask Pat!"]
    assert follow_ups(bench) == []


@pytest.mark.requirement("SUR-07", "SUR-15")
async def test_a_complaint_has_its_own_time_and_goes_up_when_nobody_settles_it(bench: Bench) -> None:
    await bench.feed(closed())
    body = {"kind": "complaint", "text": "The van hit my car, call 213-555-0142", "category": "damage"}
    assert (await bench.http.post("/feedback", json=body | {"category": "weather"})).status_code == 422
    taken = (await bench.http.post("/feedback", json=body | {"tracking_number": "7KQ2-9MXA-4TBC-R"})).json()
    assert taken["agency"] == AGENCY, "the agency that closed it"
    await bench.quiet()
    (opened,) = follow_ups(bench)
    assert (opened.kind, opened.reason, opened.due_at - opened.opened_at) == (
        "complaint",
        "damage",
        timedelta(hours=48),
    )
    own = bench.token("agency", agency=AGENCY)
    listed = (await bench.http.get(f"/feedback?agency={AGENCY}", headers=own)).json()
    assert [one["public_words"] for one in listed] == ["The van hit my car, call [phone]"]
    (event,) = bench.events("feedback.recorded", FeedbackRecorded)
    read = await bench.http.get(f"/comments/{event.comment_ref}", headers=own)
    assert read.json()["comment"] == "The van hit my car, call [phone]", "by the door that every agency knows"
    await bench.advance(3 * DAY)
    assert follow_ups(bench)[-1].level == 1
    path = f"/feedback/{taken['feedback_id']}"
    reply = {"text": "We pay for it."}
    assert (await bench.http.post(f"{path}/reply", json=reply, headers=own)).status_code == 200
    assert (await bench.http.get(path)).status_code == 403
    mine = (await bench.http.get(path, params={"token": taken["token"]})).json()
    assert (mine["reply"], "words" in mine) == ("We pay for it.", False)
    words = (await bench.http.get(path, headers=bench.token("agent"))).json()["words"]
    assert "213-555-0142" in words
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-06", "SUR-07")
async def test_feedback_without_a_request_is_answered_by_who_runs_311(bench: Bench) -> None:
    taken = await bench.http.post("/feedback", json={"kind": "feedback", "text": "Put the form on one page."})
    assert taken.json()["agency"] == "city-311"
    await bench.quiet()
    assert [one.kind for one in follow_ups(bench)] == ["reply"]


@pytest.mark.requirement("SUR-08", "SUR-11", "SUR-12", "SUR-13", "CLO-06", "CLO-11")
async def test_results_are_held_against_all_that_was_closed(bench: Bench) -> None:
    for number in range(1, 7):
        await answer(bench, number, done=True, quality=4)
    for number in range(20, 30):
        about = facts(contacts=(), service="pothole-repair" if number % 2 else "graffiti-removal")
        away = closed(number, about=about, disposition=Disposition.UNABLE_TO_ACT)
        await bench.feed(away.model_copy(update={"area": {"council_district": "9"}}))
    agent = bench.token("agent")
    found = (await bench.http.get("/results/by/service", headers=agent)).json()
    assert (found["closed"], found["asked"], found["answered"], found["work_rating"]) == (16, 6, 6, 4.0)
    lines = {line["value"]: line for line in found["lines"]}
    assert lines["graffiti-removal"]["representation"] == pytest.approx(16 / 11, abs=0.01)
    assert (lines["pothole-repair"]["closed"], lines["pothole-repair"]["suppressed"]) == (5, True)
    assert found["bias"] == pytest.approx(5 / 16, abs=0.01)
    assert found["passive_rate"] == pytest.approx(3187 / 3_300_000)
    for dimension in ("agency", "crew", "area", "channel", "month"):
        answer_by = await bench.http.get(f"/results/by/{dimension}", headers=agent)
        assert answer_by.json()["closed"] == 16, dimension
    (line,) = (await bench.http.get("/results/closures/agency", headers=agent)).json()
    assert (line["closed"], line["fixed"], line["without_work"], line["reopened"]) == (16, 6, 10, 0)
    assert (await bench.http.get("/results/by/agency")).status_code == 403
    assert await bench.rebuild("survey") == []


@pytest.mark.requirement("SUR-14")
async def test_what_was_made_of_results_is_noted(bench: Bench) -> None:
    body = {"since": "2026-01-01", "until": "2026-04-01", "findings": "Lamps come late.", "changes": "A second van."}
    assert (await bench.http.post("/assessments", json=body, headers=bench.token("agent"))).status_code == 403
    supervisor = bench.token("supervisor")
    assert (await bench.http.post("/assessments", json=body, headers=supervisor)).status_code == 201
    (kept,) = (await bench.http.get("/assessments", headers=supervisor)).json()
    assert (kept["by"], kept["findings"]) == ("supervisor", "Lamps come late.")


async def test_who_was_forgotten_is_asked_nothing_and_their_words_are_gone(bench: Bench) -> None:
    await answer(bench, 1, done=True, quality=3, comment="Only I say this")
    await bench.feed(ContactErased(contact_ref="c1"))
    await bench.feed(closed(2, about=facts(contacts=("c1",))))
    await bench.advance(30 * DAY)
    assert len(invited(bench)) == 1
    assert await bench.rows("survey", "SELECT 1 FROM answer WHERE comment IS NOT NULL") == []
    token = sign("a key of the test", "survey", str(invited(bench)[0].invitation_id))
    assert (await bench.http.get(f"/surveys/{invited(bench)[0].invitation_id}?token={token}")).json()[
        "state"
    ] == "answered"
    assert await bench.rebuild("survey") == []
