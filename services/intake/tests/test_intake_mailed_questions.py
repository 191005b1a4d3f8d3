"""Questions by e-mail, through the real SMTP door, to a knowledge base over HTTP, and answered by real mail."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from email import message_from_string
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from chassis.testing import Bench
from contracts.intake import ContactRecorded
from contracts.vocabulary import Channel, ContactKind
from intake.app import build
from intake.settings import Settings

sys.path.insert(0, str(Path(__file__).parent))
from accounts import Letterbox, letterbox
from test_intake_answers import CALL, COPY, QUESTION, SAID, SURE, UNKNOWN, knowing
from test_intake_letters import Post, free_port, mail, png, reply_address

__all__ = ["letterbox"]
BenchFactory = Callable[..., Awaitable[Bench]]
Boxed = tuple[Letterbox, int]
SURE_CLOSED = SURE | {"next": {**CALL, "open": False}}


@asynccontextmanager
async def mailroom(
    factory: BenchFactory, box: Boxed, answer: dict[str, Any] | None, **more: Any
) -> AsyncIterator[tuple[Post, Letterbox]]:
    """Open the city's mailbox, with a knowledge base that says this; None is one that is down."""
    port = free_port()
    async with knowing(answer or {}) as kb:
        address = f"http://127.0.0.1:{kb.port if answer else free_port()}"
        bench = await factory(
            build, Settings, mail_port=port, smtp_port=box[1], kb_base_url=address, kb_seconds=2.0, **more
        )
        for _ in range(200):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.02)
        yield Post(bench, port), box[0]


async def mails(box: Letterbox, count: int) -> list[tuple[str, Any]]:
    for _ in range(500):
        if len(box.mails) >= count:
            break
        await asyncio.sleep(0.02)
    return [(to, message_from_string(text, policy=default)) for to, text in box.mails]


@pytest.mark.requirement("CH-03", "CH-18", "CH-19", "KB-12", "KB-13")
async def test_a_mailed_question_is_answered_by_the_article_in_its_thread(
    bench_factory: BenchFactory, letterbox: Boxed
) -> None:
    async with mailroom(bench_factory, letterbox, SURE_CLOSED) as (post, box):
        letter = mail(f"Hello,\n{QUESTION}\nThank you,\nPat", "A question", Message_ID="<q@example.org>")
        assert (await post.send(letter.as_bytes())).startswith("250")
        assert (await post.send(letter.as_bytes())).startswith("250")
        ((to, answer),) = await mails(box, 1)
        assert await post.made() == [], "a question is no request"
        assert (to, answer["From"], answer["Subject"]) == (
            "pat@example.org",
            "311@los-angeles.example",
            "Re: A question",
        )
        assert (answer["In-Reply-To"], answer["Auto-Submitted"]) == ("<q@example.org>", "auto-replied")
        words = answer.get_content()
        assert SAID in words
        assert "Central Library is closed now. It answers Mon-Fri 10:00-18:00." in words
        assert "say what and where, and you get a tracking number" in words
        await asyncio.sleep(0.1)
        assert len(box.mails) == 1, "sent again, it is answered once"
        assert await post.bench.rows("intake", "SELECT 1 FROM vault_letter_answer") == [], "nothing is kept of it"
    (contact,) = post.bench.events("contact.recorded", ContactRecorded)
    assert (contact.kind, contact.channel) == (ContactKind.QUESTION_ANSWERED, Channel.EMAIL)
    assert (contact.article_id, contact.article_version) == ("library-hours", 7)
    assert contact.contact_ref is not None
    assert "pat@example.org" not in str(contact)


@pytest.mark.requirement("CH-03", "CH-17", "CH-18")
@pytest.mark.parametrize(
    ("subject", "body"),
    [
        ("Pothole", "There is a pothole at 1200 W Main St. When are libraries open?"),
        ("Library", "When are libraries open? Can you send somebody to the corner?"),
        (
            "Library",
            "Next door the bins have been standing in the road since Tuesday.\nWhen are libraries open?",
        ),
    ],
)
async def test_who_reports_and_asks_gets_a_number_and_the_answer(
    bench_factory: BenchFactory, letterbox: Boxed, subject: str, body: str
) -> None:
    async with mailroom(bench_factory, letterbox, SURE) as (post, box):
        assert (await post.send(mail(body, subject).as_bytes())).startswith("250")
        (created,) = await post.made()
        ((_, answer),) = await mails(box, 1)
        assert SAID in answer.get_content()
    (contact,) = post.bench.events("contact.recorded", ContactRecorded)
    assert contact.contact_ref == created.about.contact_refs[0]


@pytest.mark.requirement("CH-03", "CH-21", "SS-15")
async def test_danger_and_need_are_answered_first_by_mail_too(bench_factory: BenchFactory, letterbox: Boxed) -> None:
    async with mailroom(bench_factory, letterbox, SURE) as (post, box):
        hungry = mail(f"{QUESTION} And where is a food bank?", "A question", From="ann@example.org")
        assert (await post.send(hungry.as_bytes())).startswith("250")
        ((_, answer),) = await mails(box, 1)
        assert answer.get_content().split("\n")[0].startswith("For help with food")
        assert await post.made() == []
        assert (await post.send(mail(f"{QUESTION} I smell a gas leak.").as_bytes())).startswith("250")
        (_, (_, answer)) = await mails(box, 2)
        assert answer.get_content().startswith("If anyone is in danger, call 911")
        assert len(await post.made()) == 1, "whoever is in danger is taken in"
    kinds = sorted(contact.kind for contact in post.bench.events("contact.recorded", ContactRecorded))
    assert kinds == ["emergency_diverted", "question_answered", "question_answered", "referred_onward"]


@pytest.mark.requirement("CH-03", "CH-21")
async def test_danger_in_an_answer_to_our_letter_is_told_to_call_by_mail_once_and_counted(
    bench_factory: BenchFactory, letterbox: Boxed
) -> None:
    async with mailroom(bench_factory, letterbox, SURE) as (post, box):
        await post.send(mail().as_bytes())
        to = await reply_address(post)
        answer = mail("Hay una fuga de gas en la calle.\n\n> which one?", "Re: Pothole", Message_ID="<d@example.org>")
        calm = mail("It is the left one.\n\n> Is there a gas leak?", "Re: Gas leak")
        for letter in (answer, answer, calm):
            assert (await post.send(letter.as_bytes(), to=to)).startswith("250")
        ((writer, warned),) = await mails(box, 1)
        await asyncio.sleep(0.1)
        assert len(box.mails) == 1, "quoted words warn nobody, and a mail that is sent again is answered once"
    (created,) = await post.made()
    assert (writer, warned["Subject"], warned["In-Reply-To"]) == ("pat@example.org", "Re: Pothole", "<d@example.org>")
    assert warned.get_content().startswith("Si alguien corre peligro, llame al 911")
    (contact,) = post.bench.events("contact.recorded", ContactRecorded)
    assert (contact.kind, contact.destination) == (ContactKind.EMERGENCY_DIVERTED, "911")
    assert (contact.request_id, contact.contact_ref) == (created.request_id, created.about.contact_refs[0])


@pytest.mark.requirement("CH-03", "CH-17")
async def test_a_question_that_nobody_can_answer_becomes_a_request_and_so_does_one_with_a_photo(
    bench_factory: BenchFactory, letterbox: Boxed, tmp_path: Path
) -> None:
    async with mailroom(bench_factory, letterbox, UNKNOWN, photo_store=str(tmp_path)) as (post, box):
        assert (await post.send(mail("Who walks the moon?", "A question").as_bytes())).startswith("250")
        (_created,) = await post.made()
        assert box.mails == [], "the number comes with the notice"
    async with mailroom(bench_factory, letterbox, SURE, photo_store=str(tmp_path)) as (post, box):
        letter = mail(QUESTION, "A question")
        letter.add_attachment(png(), maintype="image", subtype="png", filename="a.png")
        assert (await post.send(letter.as_bytes())).startswith("250")
        assert len(await post.made()) == 1
        assert len(await mails(box, 1)) == 1


@pytest.mark.requirement("CH-03", "CH-18")
async def test_without_the_knowledge_base_the_copy_answers_a_mail_in_its_language(
    bench_factory: BenchFactory, letterbox: Boxed
) -> None:
    async with mailroom(bench_factory, letterbox, None) as (post, box):
        await post.bench.feed(COPY)
        letter = mail("Buenos días,\n¿a qué hora abren las bibliotecas de la calle Olvera?", "Una pregunta")
        assert (await post.send(letter.as_bytes())).startswith("250")
        ((_, answer),) = await mails(box, 1)
        assert "Las bibliotecas abren a las nueve." in answer.get_content()
        assert "responda a este correo" in answer.get_content()


@pytest.mark.requirement("CH-03")
async def test_an_answer_that_cannot_be_mailed_is_tried_again(bench_factory: BenchFactory, letterbox: Boxed) -> None:
    async with mailroom(bench_factory, (letterbox[0], free_port()), SURE) as (post, _):
        assert (await post.send(mail(QUESTION, "A question").as_bytes())).startswith("250")
        for _ in range(200):
            rows = await post.bench.rows(
                "intake", "SELECT tries, due_at > now() - interval '1 day' FROM vault_letter_answer"
            )
            if rows and rows[0]["tries"]:
                break
            await asyncio.sleep(0.02)
        (waiting,) = await post.bench.rows("intake", "SELECT tries, due_at FROM vault_letter_answer")
        assert waiting["tries"] == 1
        assert waiting["due_at"] >= post.bench.clock() + timedelta(seconds=30)
