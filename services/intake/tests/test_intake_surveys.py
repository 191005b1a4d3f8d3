"""Surveys answered by text and by the keys of a telephone: heard by intake, handed on to be counted."""

import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.ids import derived_uuid
from chassis.testing import Bench
from contracts.event import RequestFacts
from contracts.intake import SurveyReplied
from contracts.survey import SurveyAnswered, SurveyInvited
from contracts.vocabulary import Channel
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from test_intake_talking import TOKEN, telephone

BenchFactory = Callable[..., Awaitable[Bench]]
PHONE = "(213) 555-0142"


@pytest.fixture
async def bench(bench_factory: BenchFactory, tmp_path: Path) -> Bench:
    return await bench_factory(build, Settings, telephone_token=TOKEN, photo_store=str(tmp_path))


async def asked(bench: Bench, channel: Channel = Channel.WEB) -> SurveyInvited:
    """Report something, close it, and be asked about it."""
    report = {"service_code": "graffiti-removal", "place": {"address": "1 W 1st St"}, "reporter": {"phone": PHONE}}
    made = (await bench.http.post("/requests", json=report)).json()
    link = str(made["manage_link"]).partition("?")[2]
    gone = await bench.http.post(f"/requests/{made['tracking_number']}/cancel?{link}", json={})
    assert gone.is_success, gone.text
    await bench.quiet()
    about = RequestFacts(
        tracking_number=made["tracking_number"],
        service_code="graffiti-removal",
        opened_at=bench.clock.now,
        contact_refs=(made["contact_ref"],),
        channel=channel,
    )
    invited = SurveyInvited(
        request_id=UUID(made["request_id"]),
        sequence=1,
        about=about,
        invitation_id=derived_uuid("invitation", made["request_id"]),
        closure_id=derived_uuid("closure", made["request_id"]),
        contact_ref=made["contact_ref"],
    )
    await bench.feed(invited)
    return invited


def replied(bench: Bench) -> list[SurveyReplied]:
    return bench.events("survey.replied", SurveyReplied)


@pytest.mark.requirement("SUR-01", "SUR-02", "SUR-05")
async def test_a_survey_is_answered_by_text_question_by_question(bench: Bench) -> None:
    invited, phone = await asked(bench, Channel.PHONE), telephone(bench)
    assert "How good is the work? 1 (Very poor) to 5 (Very good)" in await phone.text("2")
    assert "handled" in await phone.text("3")
    assert "person you spoke to" in await phone.text("0")
    assert "Thank you" in await phone.text("5")
    await bench.quiet()
    (event,) = replied(bench)
    assert (event.invitation_id, event.contact_ref, event.via) == (invited.invitation_id, invited.contact_ref, "sms")
    assert event.answers == {"done": False, "quality": 3, "agent": 5}
    assert "Is that right?" in await phone.text("there is a pothole"), "the next words are heard as ever"
    assert await bench.rows("intake", "SELECT 1 FROM vault_survey_ask") == []


async def test_all_keys_at_once_and_in_spanish(bench: Bench) -> None:
    await asked(bench)
    phone = telephone(bench)
    await phone.text("español")
    assert "Gracias" in await phone.text("1 5 4")
    await bench.quiet()
    assert [event.answers for event in replied(bench)] == [{"done": True, "quality": 5, "handling": 4}]


async def test_what_was_answered_counts_where_nobody_goes_on(bench: Bench) -> None:
    await asked(bench)
    await telephone(bench).text("no")
    await bench.advance(timedelta(minutes=61))
    assert [event.answers for event in replied(bench)] == [{"done": False}]


@pytest.mark.requirement("SUR-01", "SUR-02")
async def test_a_caller_answers_by_the_keys_after_the_menu(bench: Bench) -> None:
    await asked(bench)
    call = telephone(bench).call()
    menu = await call.step()
    assert menu.index("call 911") < menu.index("press star")
    assert "Is the work you asked for done?" in await call.step(Digits="*")
    await call.step(Digits="1")
    await call.step(Digits="4")
    assert "Thank you" in await call.step(Digits="5")
    assert call.over
    await bench.quiet()
    assert [(event.via, event.answers) for event in replied(bench)] == [
        ("ivr", {"done": True, "quality": 4, "handling": 5})
    ]


async def test_what_was_answered_elsewhere_is_not_heard_again(bench: Bench) -> None:
    invited, phone = await asked(bench), telephone(bench)
    shared = {"request_id", "about", "invitation_id", "closure_id", "contact_ref"}
    known: dict[str, Any] = invited.model_dump(include=shared)
    await bench.feed(SurveyAnswered(sequence=1, done=True, **known))
    assert "How good" not in await phone.text("1")
    assert "press star" not in await telephone(bench).call().step()
    assert replied(bench) == []
