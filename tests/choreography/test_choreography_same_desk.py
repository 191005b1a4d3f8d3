"""One desk for the same words, whichever door they come by: a form's suggestion, chat, texts, calls, mail and posts."""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any, Final

import pytest
from aiosmtplib import send

import intake.app
import intake.settings
import routing.app
import routing.settings
from chassis.testing import Bench
from contracts.routing import RequestAssigned
from intake.domain.social import x_signature
from relay311_drivers.telephone import Telephone
from relay311_local.processes import free_port

NOW: Final = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
SECRET: Final = "agreed"  # noqa: S105 - a test's own
BASE: Final = "http://127.0.0.1:8301"
PLACE: Final = "100 W 1st St"
MAIL_PORT: Final = free_port()
ANSWERS: Final = {"propose": "no", "question": "1", "place": PLACE, "photo": "skip", "confirm": "yes"}
"""No type that is guessed by words in common is taken; what is offered after that is to take it as it was said."""
SURE: Final = (
    "the sidewalk buckled because of roots",
    "a tagger sprayed letters all over the underpass",
    "la lampara de la esquina no prende",
)
"""The trained reader is sure of these; no phrase of the catalog's own is in them."""


def answer_to(step: str, said: str) -> str:
    """Answer as somebody who holds on to their own words."""
    return "yes" if step == "propose" and ("own words" in said or "propias palabras" in said) else ANSWERS[step]


async def by_chat(bench: Bench, words: str) -> None:
    """Tell it in a chat."""
    told = (await bench.http.post("/conversations", json={"text": words})).json()
    path, proof = f"/conversations/{told['reference']}/messages", {"Conversation-Token": told["token"]}
    while told["step"] in ANSWERS:
        said = answer_to(told["step"], " ".join(told["says"]))
        told = (await bench.http.post(path, json={"text": said}, headers=proof)).json()


def telephone(bench: Bench) -> Telephone:
    """Give a telephone with a number of its own."""

    async def post(address: str, body: str, headers: Mapping[str, str]) -> str:
        answer = await bench.http.post(address.removeprefix(BASE), content=body, headers=dict(headers))
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    return Telephone(BASE, SECRET, f"+1213555{secrets.randbelow(9000) + 1000}", post)


async def step_of(bench: Bench, channel: str) -> str:
    """Read what the conversation of a channel asks for."""
    (row,) = await bench.rows(
        "intake", "SELECT talk->>'step' AS step FROM vault_conversation WHERE channel = $1", channel
    )
    return str(row["step"])


async def by_text(bench: Bench, words: str) -> None:
    """Tell it in text messages."""
    phone = telephone(bench)
    said = await phone.text(words)
    while (step := await step_of(bench, "sms")) in ANSWERS:
        said = await phone.text(answer_to(step, said))


async def by_call(bench: Bench, words: str) -> None:
    """Tell it by voice: something else, then one's own words."""
    call = telephone(bench).call()
    await call.step()
    for key in ("1", "0"):
        await call.step(Digits=key)
    said = await call.step(SpeechResult=words)
    while (step := await step_of(bench, "ivr")) in ANSWERS:
        said = await call.step(SpeechResult=answer_to(step, said))


async def by_mail(_bench: Bench, words: str) -> None:
    """Tell it by e-mail."""
    letter = EmailMessage()
    letter["From"], letter["To"] = "pat@example.org", "311@los-angeles.example"
    letter["Message-ID"] = f"<{secrets.token_hex(8)}@example.org>"
    letter.set_content(f"{words.capitalize()}.")
    await send(letter, hostname="127.0.0.1", port=MAIL_PORT)


async def by_post(bench: Bench, words: str) -> None:
    """Tell it in a mention."""
    tweet = {"id_str": secrets.token_hex(6), "text": f"@ourcity {words}", "user": {"id_str": "7", "screen_name": "pat"}}
    body = json.dumps({"for_user_id": "1", "tweet_create_events": [tweet]}).encode()
    signed = {"x-twitter-webhooks-signature": x_signature(SECRET, body), "content-type": "application/json"}
    answer = await bench.http.post("/social/x", content=body, headers=signed)
    assert answer.status_code == 200, answer.text


DOORS: Final[Mapping[str, Callable[[Bench, str], Awaitable[None]]]] = {
    "chat": by_chat, "text": by_text, "call": by_call, "mail": by_mail, "post": by_post,
}  # fmt: skip


async def town(bench_factory: Callable[..., Any]) -> Bench:
    """Open intake with all of its doors, and routing."""
    both = [(service.app.build, service.settings.Settings) for service in (intake, routing)]
    bench: Bench = await bench_factory(
        both, now=NOW, telephone_token=SECRET, social_x_secret=SECRET, mail_port=MAIL_PORT
    )
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", MAIL_PORT)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            break
    return bench


def desks(bench: Bench) -> list[tuple[str, str]]:
    """List where requests went: agency and queue."""
    return [(one.agency, one.queue) for one in bench.events("request.assigned", RequestAssigned)]


@pytest.mark.requirement("CH-01", "CH-07", "CH-09", "SS-06", "AGT-08")
@pytest.mark.parametrize("words", SURE)
async def test_the_same_words_end_at_the_same_desk_by_every_door(bench_factory: Callable[..., Any], words: str) -> None:
    bench = await town(bench_factory)
    told = (await bench.clients["routing"].post("/types/suggest", json={"text": words})).json()
    assert told["is_sure"], told
    code = told["suggestions"][0]["service_code"]
    catalog = (await bench.http.get("/services")).json()["services"]
    (questions,) = [service["questions"] for service in catalog if service["code"] == code]
    answers = {q["code"]: q["options"][0]["key"] for q in questions if q["required"] and q.get("options")}
    form = {"service_code": code, "description": words, "place": {"address": PLACE}, "attributes": answers}
    answer = await bench.http.post("/requests", json=form)
    assert answer.status_code == 201, answer.text
    await bench.quiet()
    (wanted,) = desks(bench)
    for count, (door, tell) in enumerate(DOORS.items(), 2):
        await tell(bench, words)
        await bench.quiet()
        found = desks(bench)
        assert len(found) == count, f"{door} made no request that found a desk"
        assert found[-1] == wanted, door


@pytest.mark.requirement("CH-09", "RTE-05")
async def test_words_that_the_reader_is_not_sure_of_wait_at_the_desk_with_the_forms_suggestions(
    bench_factory: Callable[..., Any],
) -> None:
    words, bench = "there is a big crater in the road that broke my tire", await town(bench_factory)
    told = (await bench.clients["routing"].post("/types/suggest", json={"text": words})).json()
    assert not told["is_sure"], told
    for tell in DOORS.values():
        await tell(bench, words)
    await bench.quiet()
    assert desks(bench) == []
    triage = (await bench.clients["routing"].get("/triage", headers=bench.token("agent"))).json()["requests"]
    shown = {one["suggestions"][0]["service_code"] for one in triage}
    assert (len(triage), shown) == (len(DOORS), {told["suggestions"][0]["service_code"]})
