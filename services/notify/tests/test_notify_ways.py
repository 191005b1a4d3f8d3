"""Each way to people through the deliverer, to a far end that answers as real ones do."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from peers import Peer, answering
from pydantic import SecretStr
from test_notify_gateways import verify_mail
from told import Inbox, assigned, closed, created, facts, noon, profile, promised, put_off, served, settled

from chassis.testing import Bench
from contracts.vocabulary import DeliveryChannel, DeliveryOutcome, Frequency, Moment
from notify.app import build
from notify.domain.breakers import FAILURES
from notify.gateways.smtp import TIMEOUT
from notify.settings import Settings

Make = Callable[..., Awaitable[Bench]]


class Raw(Inbox):
    """A mail server that keeps what it takes as it came."""

    def __init__(self) -> None:
        super().__init__()
        self.raw: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep the bytes."""
        self.raw.append(envelope.content)
        return await super().handle_DATA(server, session, envelope)


class Slow(Inbox):
    """A mail server that takes its first mail and says so only long after its client has gone."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail; the first one's answer comes too late."""
        said = await super().handle_DATA(server, session, envelope)
        if len(self.mails) == 1:
            await asyncio.sleep(TIMEOUT + 1)
        return said


@pytest.fixture
def slow() -> Iterator[Slow]:
    yield from served(Slow())


@pytest.fixture
def raw() -> Iterator[Raw]:
    yield from served(Raw())


async def started(make: Make, inbox: Inbox, **given: Any) -> Bench:
    bench = await make(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02, **given)
    await noon(bench)
    return bench


async def by_telephone(make: Make, inbox: Inbox, phone: Peer) -> Bench:
    return await started(make, inbox, telephone_api=phone.url, telephone_from="+12135550100")


async def outcomes(bench: Bench, count: int) -> list[tuple[Moment, DeliveryOutcome]]:
    return [(one.moment, one.outcome) for one in await settled(bench, count)]


async def ended(bench: Bench, count: int, moment: Moment) -> list[DeliveryOutcome]:
    return [one.outcome for one in await settled(bench, count) if one.moment is moment]


async def test_a_receiver_finds_what_the_deliverer_signed_good(bench_factory: Make, raw: Raw) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    bench = await started(bench_factory, raw, dkim_key=SecretStr(pem), dkim_selector="s1", notify_base_url="http://n")
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await settled(bench, 1)
    (mail,) = raw.raw
    signed = verify_mail(mail.removesuffix(b"\r\n") if mail.endswith(b"\r\n\r\n") else mail, key.public_key())
    assert {"from", "to", "subject", "list-unsubscribe", "list-unsubscribe-post"} <= set(signed)


@pytest.mark.requirement("NOT-02")
async def test_a_server_that_greylists_is_met_again_and_takes_one_mail(bench_factory: Make, inbox: Inbox) -> None:
    bench = await started(bench_factory, inbox)
    inbox.refusals = ["450 4.2.0 greylisted, come back in 5 minutes"] * 3
    await bench.feed(profile())
    await bench.feed(created(facts()))
    for wait in (3, 11, 61):
        await put_off(bench)
        await bench.advance(timedelta(seconds=wait))
    (one,) = await settled(bench, 1)
    assert (one.outcome, one.attempts, len(inbox.mails)) == (DeliveryOutcome.DELIVERED, 4, 1)


async def test_a_clock_that_jumps_back_and_on_again_neither_loses_nor_repeats_a_mail(
    bench_factory: Make, inbox: Inbox
) -> None:
    bench = await started(bench_factory, inbox)
    inbox.refusals = ["451 busy"]
    await bench.feed(profile())
    await bench.feed(created(facts("N1")))
    await put_off(bench)
    bench.clock.now -= timedelta(hours=1)
    await bench.feed(created(facts("N2")))
    await bench.quiet()
    for jump in (timedelta(days=3), -timedelta(hours=1), timedelta(hours=2)):
        bench.clock.now += jump
        await bench.feed(created(facts(f"N{jump}")))
    told = await settled(bench, 5)
    await bench.quiet()
    assert len({one.request_id for one in told}) == len(told) == 5
    expired = [one for one in told if one.outcome is DeliveryOutcome.EXPIRED]
    assert len(inbox.mails) == 5 - len(expired)
    assert len(inbox.mails) >= 4, "at most what had waited for three days is old news"


async def test_a_server_that_hangs_before_its_last_word_gets_the_same_mail_again(
    bench_factory: Make, slow: Slow
) -> None:
    bench = await started(bench_factory, slow)
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await put_off(bench)
    await bench.advance(timedelta(seconds=3))
    (one,) = await settled(bench, 1)
    assert (one.outcome, one.attempts) == (DeliveryOutcome.DELIVERED, 2)
    assert {mail["Message-ID"] for mail in slow.mails} == {f"<{one.intent_id}@city.example>"}


@pytest.mark.requirement("NOT-03")
async def test_a_provider_that_asks_for_hours_is_left_alone_for_hours(
    bench_factory: Make, inbox: Inbox, phone: Peer
) -> None:
    bench = await by_telephone(bench_factory, inbox, phone)
    phone.answers = ["503 Down\r\nRetry-After: 21600"]
    await bench.feed(profile(email=None, phone="+12135550142"))
    await bench.feed(created(facts()))
    await put_off(bench)
    (row,) = await bench.rows("notify", "SELECT next_attempt_at FROM open_intent")
    waits = row["next_attempt_at"] - bench.clock.now
    assert timedelta(hours=5, minutes=59) < waits <= timedelta(hours=6)
    await bench.advance(timedelta(hours=5))
    await bench.quiet()
    assert len(phone.calls) == 1
    await bench.advance(timedelta(hours=1, minutes=1))
    assert await outcomes(bench, 1) == [(Moment.RECEIVED, DeliveryOutcome.DELIVERED)]
    assert len(phone.calls) == 2


async def test_a_target_that_fails_again_and_again_rests_while_others_are_called(
    bench_factory: Make, inbox: Inbox
) -> None:
    async with answering() as broken, answering() as well:
        broken.always = "500 Internal Server Error"
        bench = await started(bench_factory, inbox)
        for n in range(FAILURES + 4):
            hook = {"contact_ref": f"b{n}", "email": None, "webhook_url": f"{broken.url}/hook"}
            await bench.feed(profile(**hook))
            await bench.feed(created(facts(f"B{n}", contact_refs=(f"b{n}",))))
        await bench.feed(profile(contact_ref="w", email=None, webhook_url=f"{well.url}/hook"))
        await bench.feed(created(facts("W", contact_refs=("w",))))
        (one,) = await settled(bench, 1)
        assert one.contact_ref == "w"
        await bench.advance(timedelta(seconds=15))
        rested = "SELECT detail FROM open_intent WHERE detail LIKE '%rests%'"
        for _ in range(200):
            if found := await bench.rows("notify", rested):
                break
            await bench.quiet()
        assert found
        assert len(broken.calls) <= FAILURES + 4, "who rests is not called"
        assert len(well.calls) == 1


async def test_a_target_whose_answer_never_ends_is_read_no_further_than_its_head(
    bench_factory: Make, inbox: Inbox
) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b"400\r\n" + bytes(1024) + b"\r\n")
                await writer.drain()
        writer.close()

    async with await asyncio.start_server(endless, "127.0.0.1", 0) as server:
        bench = await started(bench_factory, inbox)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        await bench.feed(profile(email=None, webhook_url=url))
        await bench.feed(created(facts()))
        assert await outcomes(bench, 1) == [(Moment.RECEIVED, DeliveryOutcome.DELIVERED)]


@pytest.mark.requirement("NOT-05")
async def test_who_wants_milestones_hears_those_alone(bench_factory: Make, inbox: Inbox) -> None:
    bench = await started(bench_factory, inbox)
    base = facts()
    await bench.feed(profile(frequency=Frequency.MILESTONES))
    for event in (created(base), assigned(base), promised(base), closed(base)):
        await bench.feed(event)
    told = await outcomes(bench, 2)
    assert [moment for moment, _ in told] == [Moment.RECEIVED, Moment.CLOSED]
    assert len(inbox.mails) == 2


@pytest.mark.requirement("NOT-03")
async def test_small_steps_leave_half_of_a_days_texts_for_the_ending(
    bench_factory: Make, inbox: Inbox, phone: Peer
) -> None:
    bench = await by_telephone(bench_factory, inbox, phone)
    await bench.feed(profile(email=None, phone="+12135550142"))
    requests = [facts(f"AAAA-BBBB-000{n}") for n in range(8)]
    for base in requests:
        await bench.feed(assigned(base))
    small = await settled(bench, len(requests))
    given_way = [one for one in small if one.outcome is DeliveryOutcome.EXPIRED]
    assert given_way
    assert "milestones" in (given_way[0].detail or "")
    sent = len(phone.calls)
    await bench.feed(closed(requests[0]))
    assert await ended(bench, len(requests) + 1, Moment.CLOSED) == [DeliveryOutcome.DELIVERED]
    assert len(phone.calls) == sent + 1
    await bench.advance(timedelta(hours=26))
    await noon(bench)
    await bench.feed(assigned(facts("CCCC-DDDD-0001")))
    known = {base["request_id"] for base in requests}
    later = [one.outcome for one in await settled(bench, len(requests) + 2) if one.request_id not in known]
    assert later == [DeliveryOutcome.DELIVERED], "another day"


@pytest.mark.requirement("NOT-03", "NOT-06")
@pytest.mark.parametrize("network", ["x", "meta"])
async def test_who_wrote_by_a_network_is_told_there_in_its_own_shape(
    bench_factory: Make, inbox: Inbox, phone: Peer, network: str
) -> None:
    api = {f"social_{network}_api": phone.url, f"social_{network}_token": SecretStr("t0ken")}
    bench = await started(bench_factory, inbox, **api)
    phone.answers = ["429 Slow\r\nRetry-After: 2"]
    await bench.feed(profile(email=None, social=f"{network}:4711", channels=(DeliveryChannel.SOCIAL,), language="es"))
    await bench.feed(closed(facts()))
    await put_off(bench)
    await bench.advance(timedelta(seconds=3))
    (one,) = await settled(bench, 1)
    assert (one.outcome, one.channel, one.attempts) == (DeliveryOutcome.DELIVERED, DeliveryChannel.SOCIAL, 2)
    path, headers, body = phone.calls[1]
    told = orjson.loads(body)
    if network == "x":
        assert (path, list(told)) == ("/2/dm_conversations/with/4711/messages", ["text"])
    else:
        assert (path, told["recipient"]) == ("/me/messages", {"id": "4711"})
    text = told["text"] if network == "x" else told["message"]["text"]
    assert "cerrada" in text
    assert headers["authorization"] == "Bearer t0ken"
    assert {headers["idempotency-key"] for _, headers, _ in phone.calls} == {one.intent_id}
    assert inbox.mails == []


@pytest.mark.requirement("NOT-03", "NOT-10")
@pytest.mark.parametrize(("language", "voice", "word"), [("es", "es-MX", "cerrada"), ("en", "en-US", "closed")])
async def test_who_is_called_hears_the_citys_voice_of_their_language(
    bench_factory: Make, inbox: Inbox, phone: Peer, language: str, voice: str, word: str
) -> None:
    bench = await by_telephone(bench_factory, inbox, phone)
    who = {"email": None, "phone": "+12135550142", "channels": (DeliveryChannel.VOICE,), "language": language}
    await bench.feed(profile(**who))
    await bench.feed(closed(facts()))
    assert await outcomes(bench, 1) == [(Moment.CLOSED, DeliveryOutcome.DELIVERED)]
    (call,) = phone.forms()
    assert f'language="{voice}"' in call["Twiml"]
    assert word in call["Twiml"]
    assert "http" not in call["Twiml"]
    assert phone.calls[0][0].endswith("/Calls.json")
