"""Answers of the knowledge base in every channel; one that is dead, slow or broken never fails a contact."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chassis.resting import FAILURES
from chassis.testing import Bench
from contracts.intake import ContactRecorded, RequestCreated
from contracts.kb import ArticlePublished
from contracts.vocabulary import Channel, ContactKind
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from listener import Listener, listening, ok
from test_intake_social import SECRET, say, tweet
from test_intake_talking import TOKEN, Chat, telephone

BenchFactory = Callable[..., Awaitable[Bench]]
QUESTION = "When are libraries open?"
CALL = {"kind": "call", "name": "Central Library", "phone": "213-555-0100", "hours": "Mon-Fri 10:00-18:00"}
SURE: dict[str, Any] = {
    "known": True, "language": "en", "confidence": 0.83, "next": CALL | {"open": False},
    "article": {"id": "library-hours", "version": 7, "title": "Library hours", "summary": "Open at ten on weekdays.",
                "passage": "Ten.", "section": "culture", "services": []},
}  # fmt: skip
UNKNOWN = {"known": False, "language": "en", "confidence": 0.1, "next": CALL, "task": "t1"}
SAID = "Library hours: Open at ten on weekdays. (Article library-hours, version 7)"
COPY = ArticlePublished(
    article_id="library-hours", version=2, title={"en": "Libraries", "es": "Bibliotecas"},
    summary={"en": "Libraries open at nine.", "es": "Las bibliotecas abren a las nueve."},
)  # fmt: skip
SLOW = 3.0
"""Seconds for each byte of an answer: whole, it would take a quarter of an hour."""
ENDLESS = 10.0
MANY = FAILURES + 4


@asynccontextmanager
async def knowing(answer: dict[str, Any], *more: bytes) -> AsyncIterator[Listener]:
    async with listening(ok(json.dumps(answer).encode(), b"content-type: application/json", *more)) as kb:
        yield kb


async def make(bench_factory: BenchFactory, port: int, **more: Any) -> Bench:
    bench = await bench_factory(
        build, Settings, telephone_token=TOKEN, kb_base_url=f"http://127.0.0.1:{port}", kb_seconds=0.2, **more
    )
    await bench.feed(COPY)
    return bench


@pytest.mark.requirement("CH-18", "CH-19", "KB-12")
async def test_every_channel_says_the_same_words_of_the_same_article(bench_factory: BenchFactory) -> None:
    async with knowing(SURE) as kb:
        bench = await make(bench_factory, kb.port, social_x_secret=SECRET)
        chat, call = Chat(bench), telephone(bench).call()
        assert SAID in await chat.begin(text=QUESTION)
        assert chat.last["answer"] == {
            "article_id": "library-hours", "version": 7, "confidence": 0.83,
            "next": {**CALL, "open": False, "service": None},
        }  # fmt: skip
        assert SAID in await telephone(bench).text(QUESTION)
        await call.step()
        await call.step(Digits="3")
        assert SAID in await call.step(SpeechResult=QUESTION)
        assert await say(bench, "x", tweet("1", f"@city {QUESTION}")) == 200
        (posted,) = await bench.rows("intake", "SELECT text FROM vault_social_reply")
        assert posted["text"] == SAID
        (told,) = (await bench.http.get("/open311/inquiry/v1/services/all.json", params={"q": QUESTION})).json()
        assert (told["id"], told["version"], told["confidence"]) == ("library-hours", 7, 0.83)
        assert (told["description"], told["next_action"]["phone"]) == ("Open at ten on weekdays.", CALL["phone"])
        await bench.quiet()
    contacts = bench.events("contact.recorded", ContactRecorded)
    assert {(c.kind, c.article_id, c.article_version) for c in contacts} == {
        (ContactKind.QUESTION_ANSWERED, "library-hours", 7)
    }
    assert sorted(c.channel for c in contacts) == [Channel.CHAT, Channel.IVR, Channel.SMS, Channel.SOCIAL]


@pytest.mark.requirement("CH-18", "KB-12")
async def test_a_desk_that_is_closed_is_said_to_be_closed_and_when_it_answers(bench_factory: BenchFactory) -> None:
    async with knowing(SURE) as kb:
        said = await Chat(await make(bench_factory, kb.port)).begin(text=QUESTION)
    assert "Central Library can help with that: 213-555-0100." in said
    assert "Central Library is closed now. It answers Mon-Fri 10:00-18:00." in said


@pytest.mark.requirement("CH-18", "KB-12")
async def test_what_the_knowledge_base_does_not_know_is_not_answered_from_an_older_copy(
    bench_factory: BenchFactory,
) -> None:
    async with knowing(UNKNOWN) as kb:
        bench = await make(bench_factory, kb.port)
        chat = Chat(bench)
        said = await chat.begin(text=QUESTION)
        assert "Article" not in said
        assert chat.last["answer"] is None
        assert (await bench.http.get("/open311/inquiry/v1/services/all.json", params={"q": QUESTION})).json() == []


@pytest.mark.requirement("CH-18")
@pytest.mark.parametrize("how", ["dead", "slow", "broken", "refusing", "foreign"])
async def test_without_the_knowledge_base_the_copy_answers_in_time(bench_factory: BenchFactory, how: str) -> None:
    answers = {
        "slow": ok(json.dumps(SURE).encode()),
        "broken": ok(b'{"known": true, "language": "en"}'),
        "refusing": b"HTTP/1.1 503 x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "foreign": ok(b"<html>"),
    }
    async with listening(answers.get(how, b""), pause=SLOW if how == "slow" else 0.0) as kb:
        port = kb.port if how in answers else 1
        bench = await make(bench_factory, port)
        for n in range(MANY):
            began = time.monotonic()
            chat = Chat(bench)
            said = await chat.begin(text=QUESTION)
            assert "Libraries open at nine. (Article library-hours, version 2)" in said
            assert chat.last["answer"]["version"] == 2
            took = time.monotonic() - began
            assert took < ENDLESS, (how, n, took)
        asked = kb.connections
    assert asked < MANY, "after some failures it is left alone"
    assert asked >= (FAILURES if how in answers else 0)


@pytest.mark.requirement("CH-18", "OPS-07")
async def test_only_questions_are_asked_and_without_what_names_a_person(bench_factory: BenchFactory) -> None:
    asked: list[dict[str, Any]] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = next(int(h[15:]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:"))
        asked.append(json.loads(await reader.readexactly(size)))
        writer.write(ok(json.dumps(SURE).encode()))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as kb:
        bench = await make(bench_factory, kb.sockets[0].getsockname()[1])
        chat = Chat(bench)
        await chat.begin(text="there is graffiti on a wall")
        await chat.finish()
        assert asked == [], "neither a report, nor its place and answers"
        place = {"latitude": 34.0537, "longitude": -118.2427}
        await Chat(bench).begin(text="When does the library call 213-555-0142 or pat@example.org back?", place=place)
    (body,) = asked
    assert body["question"] == "When does the library call [phone] or [e-mail] back?"
    assert body["note_unknown"] is True
    assert "34.05" not in str(body), "the areas of a place where there are any, never the place"


@pytest.mark.requirement("KB-13", "CH-19")
async def test_a_contact_of_somebody_known_bears_the_reference_of_their_requests(bench_factory: BenchFactory) -> None:
    async with knowing(SURE) as kb:
        bench = await make(bench_factory, kb.port)
        phone = telephone(bench)
        await phone.text(QUESTION)
        for words in ("there is graffiti on a wall", "yes", "1", "1", "1", "100 W 1st St", "skip", "yes"):
            said = await phone.text(words)
            if "number is" in said:
                break
        await Chat(bench).begin(text=QUESTION)
        await bench.quiet()
    (created,) = bench.events("request.created", RequestCreated)
    contacts = {c.channel: c for c in bench.events("contact.recorded", ContactRecorded)}
    by_text, by_chat = contacts[Channel.SMS], contacts[Channel.CHAT]
    assert by_text.contact_ref == created.about.contact_refs[0]
    assert by_chat.contact_ref is None, "nobody is known"
    assert "2135550142" not in str(by_text)


@pytest.mark.requirement("KB-13", "CH-19")
async def test_an_agents_caller_is_known_by_the_request_or_by_the_telephone(bench_factory: BenchFactory) -> None:
    bench = await make(bench_factory, 1)
    report = {
        "service_code": "graffiti-removal", "place": {"address": "100 W 1st St"},
        "reporter": {"name": "Pat", "email": "pat@example.org", "phone": "(213) 555-0142"},
    }  # fmt: skip
    made = (await bench.http.post("/requests", json=report)).json()
    agent = bench.token("agent")

    async def contact(**told: Any) -> str | None:
        body = {"channel": "phone", "phone": told.pop("phone", None)}
        begun = (await bench.http.post("/contacts", json=body, headers=agent)).json()["contact_id"]
        for event in ({"event": "answered"}, {"event": "noted", **told}, {"event": "ended"}):
            answer = await bench.http.post(f"/contacts/{begun}/events", json=event, headers=agent)
            assert answer.status_code == 200, answer.text
        await bench.quiet()
        told_of = {str(c.contact_id): c for c in bench.events("contact.recorded", ContactRecorded)}
        ref: str | None = told_of[begun].contact_ref
        return ref

    assert await contact(phone="+1 213 555 0142", article_id="library-hours") == made["contact_ref"]
    assert await contact(number=made["tracking_number"]) == made["contact_ref"]
    assert await contact(article_id="library-hours") is None
    erased = await bench.http.post(f"/people/{made['contact_ref']}/erase", headers=bench.token("supervisor"))
    assert erased.status_code == 200
    again = await contact(phone="+1 213 555 0142", article_id="library-hours")
    assert again not in {None, made["contact_ref"]}, "who was forgotten is somebody new"
