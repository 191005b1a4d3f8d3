"""E-mail through the real SMTP door, byte by byte, on a real database."""

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtplib import SMTP

from chassis.links import sign_lower
from chassis.testing import Bench
from contracts.intake import ContactProfile, RequestCreated, RequestUpdated
from intake.app import build
from intake.settings import Settings
from relay311_local.ports import free_port

sys.path.insert(0, str(Path(__file__).parent))
from hostile_mails import corpus

BenchFactory = Callable[..., Awaitable[Bench]]
CITY = "311@los-angeles.example"
CANARY = "CANARY-7731"


class Post:
    """A bench with its mailbox, and a way to say anything to it."""

    def __init__(self, bench: Bench, port: int) -> None:
        self.bench, self.port = bench, port

    async def send(self, raw: bytes, sender: str = "pat@example.org", to: str = CITY) -> str:
        """Send bytes as a mail; gives the last answer."""
        lines = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n").replace(b"\r\n.", b"\r\n..")
        return await self.say(sender, to, lines + b"\r\n.\r\n")

    async def say(self, sender: str, to: str, data: bytes) -> str:
        """Send data as it is, its end included; gives the first refusal, else the answer to the data."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            await reader.readline()
            for command in ("HELO x\r\n", f"MAIL FROM:<{sender}>\r\n", f"RCPT TO:<{to}>\r\n", "DATA\r\n"):
                writer.write(command.encode("utf-8", "surrogateescape"))
                answer = (await reader.readline()).decode()
                if answer[0] not in "23":
                    return answer
            writer.write(data)
            await writer.drain()
            return (await asyncio.wait_for(reader.readline(), 30)).decode()
        finally:
            writer.close()

    async def made(self) -> list[Any]:
        await self.bench.quiet()
        return self.bench.events("request.created", RequestCreated)


@pytest.fixture
async def post(bench_factory: BenchFactory, tmp_path: Path) -> Post:
    port = free_port()
    bench = await bench_factory(build, Settings, mail_port=port, mail_max_bytes=2_000_000, photo_store=str(tmp_path))
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            break
        except OSError:
            await asyncio.sleep(0.02)
    return Post(bench, port)


def mail(body: str = "There is a pothole at 1200 W Main St.", subject: str = "Pothole", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = headers.pop("From", "Pat Doe <pat@example.org>")
    made["To"], made["Subject"], made["Date"] = CITY, subject, "Mon, 02 Mar 2026 09:00:00 -0800"
    made["Message-ID"] = headers.pop("Message_ID", f"<{random.getrandbits(64)}@example.org>")
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(body)
    return made


@pytest.mark.requirement("CH-03", "CH-13", "CH-20")
async def test_a_mail_becomes_one_request_and_its_writer_a_contact(post: Post) -> None:
    letter = mail(Message_ID="<one@example.org>")
    assert (await post.send(letter.as_bytes())).startswith("250")
    assert (await post.send(letter.as_bytes())).startswith("250")
    (created,) = await post.made()
    assert (created.about.channel, created.about.language, created.place.address) == ("email", "en", "1200 W Main St")
    (profile,) = post.bench.events("contact.profile", ContactProfile)
    assert (profile.email, profile.name) == ("pat@example.org", "Pat Doe")
    assert created.about.contact_refs == (profile.contact_ref,)


@pytest.mark.requirement("CH-03")
async def test_html_spanish_signature_and_a_photo(post: Post) -> None:
    letter = mail(subject="Basura")
    letter.set_content(
        "<p>Hay basura en la calle <b>y no la recogen</b></p><script>x()</script>--<br>Ana", subtype="html"
    )
    letter.add_attachment(png(), maintype="image", subtype="png", filename="foto.png")
    assert (await post.send(letter.as_bytes())).startswith("250")
    (created,) = await post.made()
    assert created.about.language == "es"
    assert "x()" not in created.description and "<" not in created.description  # noqa: PT018
    assert len(created.photos) == 1


def png() -> bytes:
    import io  # noqa: PLC0415

    from PIL import Image  # noqa: PLC0415

    out = io.BytesIO()
    Image.effect_noise((80, 80), 50).save(out, "PNG")
    return out.getvalue()


async def reply_address(post: Post) -> str:
    (created,) = await post.made()
    token = sign_lower(key(post), "mail", f"{created.request_id}:{created.about.contact_refs[0]}")
    return f"request+{created.about.tracking_number.lower()}.{token}@los-angeles.example"


def key(post: Post) -> str:
    return post.bench.running["intake"].service.settings.link_key.get_secret_value()


@pytest.mark.requirement("CH-03", "CH-14")
async def test_an_answer_joins_its_request_by_the_signed_address_whoever_it_is_from(post: Post) -> None:
    await post.send(mail().as_bytes())
    to = await reply_address(post)
    answer = mail("The left one.\n\nOn Mon, 311 wrote:\n> which?", "Re: Pothole", From="other@elsewhere.example")
    assert (await post.send(answer.as_bytes(), to=to.upper())).startswith("250")
    assert (await post.send(answer.as_bytes(), to=to)).startswith("250")
    assert len(await post.made()) == 1
    (told,) = [e.change for e in post.bench.events("request.updated", RequestUpdated) if e.change.kind == "message"]
    rows = await post.bench.rows("intake", "SELECT text FROM vault_message WHERE message_ref = $1", told.message_ref)
    assert [row["text"] for row in rows] == ["The left one."]
    forged = to.replace(to.partition(".")[2].partition("@")[0], "0" * 32)
    assert (await post.send(answer.as_bytes(), to=forged)).startswith("550")
    subject = mail("Close it", f"Re: {to}")
    assert (await post.send(subject.as_bytes())).startswith("250")  # who only knows the number makes a new request
    assert len(await post.made()) == 2


@pytest.mark.requirement("CH-03")
@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<x.example>"}, {"X_Autoreply": "yes"},
        {"X_Auto_Response_Suppress": "All"}, {"Message_ID": "<1@los-angeles.example>"}, {"From": CITY},
    ],
)  # fmt: skip
async def test_machines_are_ignored(post: Post, headers: dict[str, str]) -> None:
    assert (await post.send(mail(**headers).as_bytes())).startswith("250")
    assert (await post.send(mail().as_bytes(), sender="")).startswith("250")
    hops = b"".join(b"Received: from a by b\r\n" for _ in range(40))
    assert (await post.send(hops + mail().as_bytes())).startswith("250")
    assert await post.made() == []


async def test_spam_is_refused_and_the_doubtful_waits_for_a_person(post: Post) -> None:
    assert (await post.send(mail("casino! viagra! lottery! you have won").as_bytes())).startswith("554")
    assert (await post.send(mail("http://x.example/ casino").as_bytes())).startswith("250")
    assert await post.made() == []
    http, agent = post.bench.http, post.bench.token("agent")
    assert (await http.get("/letters/held")).status_code == 403
    (held,) = (await http.get("/letters/held", headers=agent)).json()["letters"]
    address = f"/letters/held/{held['letter_key']}/decide"
    assert (await http.post(address, json={"take": True}, headers=agent)).status_code == 200
    assert (await http.post(address, json={"take": True}, headers=agent)).status_code == 404
    assert len(await post.made()) == 1


async def test_a_flood_of_one_sender_is_held(post: Post) -> None:
    for _ in range(25):
        assert (await post.send(mail().as_bytes())).startswith("250")
    assert len(await post.made()) == 20


async def test_nothing_is_relayed_and_too_much_is_refused(post: Post, figure: Callable[[str], None]) -> None:
    strange = (
        "bob@elsewhere.example",
        "311%elsewhere.example@los-angeles.example",
        "@los-angeles.example:bob@elsewhere.example",
        "311@los-angeles.example@elsewhere.example",
        "bob",
        "311@los-angeles.example.evil.example",
        "bob@los-angeles.example",
        '"311@los-angeles.example"@elsewhere.example',
        "request+x.y@los-angeles.example",
        "elsewhere!bob@los-angeles.example",
    )
    answers = [await post.send(mail().as_bytes(), to=to) for to in strange]
    relayed = [to for to, answer in zip(strange, answers, strict=True) if answer[0] != "5"]
    figure(f"recipients elsewhere: {len(strange)}, accepted {len(relayed)}")
    assert not relayed
    assert (await post.send(b"Subject: x\n\n" + b"x" * 70 * 100 + b"y\n" * 1_100_000)).startswith("552")
    async with SMTP(hostname="127.0.0.1", port=post.port) as client:
        await client.ehlo()
        answer = await client.execute_command(b"MAIL", b"FROM:<a@b.example>", b"SIZE=99999999")
        assert answer.code == 552
    assert await post.made() == []


async def test_hostile_mails_crash_nothing(post: Post, figure: Callable[[str], None]) -> None:
    mails = corpus()
    answers = [(name, await post.send(raw, sender=f"s{n}@example.org")) for n, (name, raw) in enumerate(mails)]
    crashed = [(name, answer) for name, answer in answers if answer[:3] not in {"250", "500", "552", "554"}]
    taken, refused = (sum(answer[0] == first for _, answer in answers) for first in "25")
    made = await post.made()
    figure(f"hostile mails: {len(mails)}, taken or held {taken}, refused {refused}, crashed {len(crashed)}")
    assert not crashed
    assert len(mails) >= 60
    assert not [m for m in made if "<script" in m.description.lower() or "\0" in m.description]
    assert (await post.send(mail().as_bytes())).startswith("250")
    assert len(await post.made()) == len(made) + 1


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n.\n", b"\n\n.\r\n", b"\r\n\x00.\r\n", b"\r.\n"]
)
async def test_a_second_mail_cannot_be_smuggled_in(post: Post, end: bytes) -> None:
    first = mail().as_bytes().replace(b"\n", b"\r\n").rstrip()
    second = (
        b"MAIL FROM:<admin@los-angeles.example>\r\nRCPT TO:<" + CITY.encode() + b">\r\nDATA\r\nSubject: two\r\n\r\nx"
    )
    assert (await post.say("pat@example.org", CITY, first + end + second + b"\r\n.\r\n")).startswith("250")
    assert len(await post.made()) == 1
