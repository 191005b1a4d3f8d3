"""Asked after the closing, by link, text and keys, on the running platform: what comes of each kind of answer."""

import re
from typing import Any

import pytest
from doors import telephone
from people import Life
from test_journey_told import sent
from town import Town, eventually

CREW = "Night crew 12"


def closed_by(life: Life, count: int = 1) -> tuple[str, dict[str, Any]]:
    """Let a crew that gives its name finish it; return its agency, and the closing."""
    agency = life.assigned(count)
    life.notice(agency, "assigned" if count == 1 else "reopened")
    life.finish(agency, crew=CREW)
    life.until(status="closed")
    return agency, life.town.events("request.closed", life.request_id)[-1]


def heard(town: Town, topic: str, **facts: Any) -> dict[str, Any]:
    """Wait for an event with these facts, and return the newest."""

    def found() -> list[dict[str, Any]]:
        return [one for one in town.events(topic) if all(one.get(name) == value for name, value in facts.items())]

    return eventually(found, f"{topic} with {facts}")[-1]


def invited(life: Life) -> dict[str, Any]:
    """Wait until it is asked about."""
    return heard(life.town, "survey.invited", request_id=life.request_id)


@pytest.mark.requirement("SUR-01", "SUR-04", "SUR-09", "CLO-05", "CLO-08")
def test_a_dispute_by_mail_reopens_with_closer_and_comment_and_praise_reaches_the_crew(town: Town) -> None:
    with town.agencies_asleep():
        life = Life(town).report()
        agency, closing = closed_by(life)
        life.answer_survey(done=False, comment="Nobody came, call 213-555-0142")
        answer = heard(town, "survey.answered", request_id=life.request_id)
        assert (answer["closure_id"], answer["disputed"]) == (closing["closure_id"], True)
        reopened = heard(town, "request.reopened", request_id=life.request_id)
        assert (reopened["closure_id"], reopened["agencies"]) == (closing["closure_id"], [agency])
        assert (reopened["comment_ref"], reopened["disputed_by"]) == (answer["comment_ref"], "survey")
        back, _ = life.notice(agency, "reopened")
        assert (back["priority"], back["message_ref"]) == (True, answer["comment_ref"])
        words = town.ask("GET", back["words_url"], role="agency", agency=agency)
        assert words.json()["comment"] == "Nobody came, call [phone]", "the agency reads the masked copy"
        assert town.ask("GET", back["words_url"], role="agency", agency="sanitation").status_code == 403
        closed_by(life, 2)
        life.answer_survey(done=True, quality=5, comment="Thank you, it is clean again")
        praised, _ = life.notice(agency, "praised")
    assert (praised["crew"], praised["rating"]) == (CREW, 5)
    words = town.ask("GET", praised["words_url"], role="agency", agency=agency)
    assert words.json()["comment"] == "Thank you, it is clean again"
    desk = town.url("intake", "/desk/praise")

    def at_the_desk() -> list[dict[str, Any]]:
        listed = town.ask("GET", desk, role="agency", agency=agency, params={"crew": CREW}).json()
        return [one for one in listed if one["tracking_number"] == life.taken["tracking_number"]]

    (shown,) = eventually(at_the_desk, "the praise at the work desk")
    assert shown["words_url"] == praised["words_url"]


@pytest.mark.requirement("SUR-01", "SUR-02", "SUR-03", "SUR-10", "CLO-10")
async def test_digits_and_keys_answer_and_low_ratings_are_somebodys_until_a_date(town: Town) -> None:
    by_text, by_keys = telephone(town), telephone(town)
    with town.agencies_asleep():
        texts, calls = (
            Life(town).report(reporter={"phone": phone.number, "preferred_channel": way, "language": said})
            for phone, way, said in ((by_text, "sms", "es"), (by_keys, "voice", "en"))
        )
        for life in (texts, calls):
            closed_by(life)
            invited(life)
    assert "¿" in sent(town, "sms", by_text.number, "trabajo")["text"], "asked in their language"
    assert "Gracias" in await by_text.text("1 1 2")
    call = by_keys.call()
    assert "press star" in await call.step()
    await call.step(Digits="*")
    for key in ("1", "4", "5"):
        await call.step(Digits=key)
    assert (call.over, "Thank you" in call.said) == (True, True)
    low = heard(town, "survey.answered", request_id=texts.request_id)
    assert [low[name] for name in ("via", "done", "work_rating", "handling_rating")] == ["sms", True, 1, 2]
    fine = heard(town, "survey.answered", request_id=calls.request_id)
    assert [fine[name] for name in ("via", "done", "work_rating", "handling_rating")] == ["ivr", True, 4, 5]
    task = heard(town, "followup.changed", request_id=texts.request_id)
    assert (task["kind"], task["role"], task["reason"]) == (
        "low_rating",
        "customer-liaison",
        "work_rating 1, handling_rating 2",
    )
    listed = town.ask("GET", town.url("survey", f"/follow-ups?agency={task['agency']}"), role="supervisor").json()
    (mine,) = [one for one in listed if one["follow_up_id"] == task["follow_up_id"]]
    assert mine["due_at"] > mine["opened_at"]


@pytest.mark.requirement("SUR-07", "SUR-08", "SUR-12", "SUR-15")
def test_a_complaint_nobody_asked_for_goes_up_its_own_chain_and_few_answers_are_kept_back(town: Town) -> None:
    url, words = town.url("survey", "/feedback"), "The van hit my fence, call 213-555-0142"
    body = {"kind": "complaint", "text": words, "category": "damage", "agency": "sanitation"}
    taken = town.ask("POST", url, json=body).json()
    first = heard(town, "followup.changed", feedback_id=taken["feedback_id"], version=1)
    assert (first["kind"], first["role"], first["level"]) == ("complaint", "customer-liaison", 0)
    up = heard(town, "followup.changed", feedback_id=taken["feedback_id"], level=1)
    assert up["role"] == "section-manager", "nobody settled it in the time that complaints have"
    reply = f"{url}/{taken['feedback_id']}/reply"
    answer = town.ask("POST", reply, role="agency", agency="sanitation", json={"text": "We pay for it."})
    assert answer.is_success, answer.text
    mine = town.ask("GET", f"{url}/{taken['feedback_id']}", params={"token": taken["token"]}).json()
    assert mine["reply"] == "We pay for it."
    results = town.url("survey", "/results/by/crew")
    assert town.ask("GET", results).status_code == 403
    told = town.ask("GET", results, role="analyst").json()
    crew = next(line for line in told["lines"] if line["value"] == CREW)
    assert (crew["suppressed"], crew["work_rating"], crew["answered"]) == (True, None, None)
    assert crew["closed"] >= 1
    assert re.fullmatch(r"0\.00\d+", str(round(told["passive_rate"], 5)))
