"""Residents' doors on a bench, as somebody uses them who tells one thing and answers until it is taken."""

import asyncio
import json
import secrets
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any, Final

from aiosmtplib import send

from chassis.testing import Bench
from intake.domain.social import x_signature
from relay311_drivers.telephone import Telephone
from relay311_local.ports import free_port

SECRET: Final = "agreed"  # noqa: S105 - a test's own
BASE: Final = "http://127.0.0.1:8301"
PLACE: Final = "100 W 1st St"
MAIL_PORT: Final = free_port()
OPEN: Final[Mapping[str, Any]] = {"telephone_token": SECRET, "social_x_secret": SECRET, "mail_port": MAIL_PORT}
"""Settings that open every door of intake."""
ANSWERS: Final = {"propose": "yes", "question": "1", "place": PLACE, "photo": "skip", "confirm": "yes"}
_OWN_WORDS: Final = ("own words", "propias palabras")


def answer_to(step: str, said: str, *, as_said: bool) -> str:
    """Answer yes to a type that is proposed; or, `as_said`, only to the offer to take it in one's own words."""
    refused = as_said and step == "propose" and not any(words in said for words in _OWN_WORDS)
    return "no" if refused else ANSWERS[step]


async def mail_opened() -> None:
    """Wait until the mail door takes connections."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", MAIL_PORT)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


async def by_chat(bench: Bench, words: str, *, as_said: bool = False) -> str:
    """Tell it in a chat; gives what was said last."""
    told = (await bench.http.post("/conversations", json={"text": words})).json()
    path, proof = f"/conversations/{told['reference']}/messages", {"Conversation-Token": told["token"]}
    while told["step"] in ANSWERS:
        said = answer_to(told["step"], " ".join(told["says"]), as_said=as_said)
        told = (await bench.http.post(path, json={"text": said}, headers=proof)).json()
    return " ".join(told["says"])


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


async def by_text(bench: Bench, words: str, *, as_said: bool = False) -> str:
    """Tell it in text messages; gives what was said last."""
    phone = telephone(bench)
    said = await phone.text(words)
    while (step := await step_of(bench, "sms")) in ANSWERS:
        said = await phone.text(answer_to(step, said, as_said=as_said))
    return said


async def by_call(bench: Bench, words: str, *, as_said: bool = False) -> str:
    """Tell it by voice: something else, then one's own words; gives what was said last."""
    call = telephone(bench).call()
    await call.step()
    for key in ("1", "0"):
        await call.step(Digits=key)
    said = await call.step(SpeechResult=words)
    while (step := await step_of(bench, "ivr")) in ANSWERS:
        said = await call.step(SpeechResult=answer_to(step, said, as_said=as_said))
    return said


async def by_mail(_bench: Bench, words: str, *, as_said: bool = False) -> str:  # noqa: ARG001 - nothing is proposed
    """Tell it by e-mail."""
    letter = EmailMessage()
    letter["From"], letter["To"] = "pat@example.org", "311@los-angeles.example"
    letter["Message-ID"] = f"<{secrets.token_hex(8)}@example.org>"
    letter.set_content(f"{words.capitalize()}.")
    _, said = await send(letter, hostname="127.0.0.1", port=MAIL_PORT)
    return said


async def by_post(bench: Bench, words: str, *, as_said: bool = False) -> str:  # noqa: ARG001 - nothing is proposed
    """Tell it in a mention; gives the answer that is on its way to the network."""
    tweet = {"id_str": secrets.token_hex(6), "text": f"@ourcity {words}", "user": {"id_str": "7", "screen_name": "pat"}}
    body = json.dumps({"for_user_id": "1", "tweet_create_events": [tweet]}).encode()
    signed = {"x-twitter-webhooks-signature": x_signature(SECRET, body), "content-type": "application/json"}
    answer = await bench.http.post("/social/x", content=body, headers=signed)
    assert answer.status_code == 200, answer.text
    rows = await bench.rows("intake", "SELECT text FROM vault_social_reply WHERE answers = $1", tweet["id_str"])
    return " ".join(row["text"] for row in rows)
