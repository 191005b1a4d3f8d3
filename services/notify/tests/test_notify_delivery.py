"""Messages from event to inbox: a real database, a real SMTP server, a real webhook."""

import asyncio
import json
import shutil
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook
from told import AT, Inbox, closed, created, facts, promised, served

from chassis import migrations
from chassis.testing import Bench
from contracts.city import load_city
from contracts.intake import ContactProfile
from contracts.notify import NotificationSettled
from contracts.routing import RequestAssigned
from contracts.survey import SurveyInvited
from contracts.vocabulary import (
    AssignmentCause,
    Clock,
    DeliveryChannel,
    DeliveryOutcome,
    Moment,
)
from notify import store
from notify.app import build
from notify.domain.hours import Clock as Hours
from notify.domain.intents import Telling
from notify.domain.letters import Letter
from notify.domain.retries import Answer, Verdict
from notify.gateways.webhooks import WebhookGateway
from notify.handlers.delivering import LEASE
from notify.handlers.recording import Sent, record
from notify.settings import Settings

MIGRATIONS = Path(__file__).parents[1] / "migrations"
SECRET = "whsec_b25seS1mb3ItdGVzdHMtbm90LWEtc2VjcmV0"  # noqa: S105 - the default of the settings


class Sink(Inbox):
    """A mail server that tells when a mail is there, and answers when it may."""

    def __init__(self) -> None:
        super().__init__()
        self.taken, self.answer = threading.Event(), threading.Event()
        self.answer.set()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail, or refuse it as told."""
        answer = await super().handle_DATA(server, session, envelope)
        if answer.startswith("250"):
            self.taken.set()
            await asyncio.to_thread(self.answer.wait, 10)
        return answer


@pytest.fixture
def sink() -> Iterator[Sink]:
    yield from served(Sink())


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], sink: Sink) -> Bench:
    return await bench_factory(build, Settings, smtp_port=sink.port, delivery_poll_seconds=0.02)


def assigned(base: dict[str, Any]) -> RequestAssigned:
    return RequestAssigned(
        **base, assignment_id=uuid4(), agency="sanitation", queue="all", cause=AssignmentCause.RULE, confidence=1,
        reason={"en": "It does this work."}, assigned_at=AT,
    )  # fmt: skip


def profile(**given: Any) -> ContactProfile:
    return ContactProfile(contact_ref="c1", **({"email": "ana@example.org"} | given))


async def settled(bench: Bench, count: int) -> list[NotificationSettled]:
    """Wait until so many messages are settled."""
    for _ in range(500):
        await bench.quiet()
        found = bench.events("notification.settled", NotificationSettled)
        if len(found) >= count:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"Only {len(found)} of {count} messages were settled")


async def put_off(bench: Bench) -> None:
    """Wait until a message is to be tried again."""
    for _ in range(1000):
        if await bench.rows("notify", "SELECT FROM open_intent WHERE postponed"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("No message was put off")


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.requirement("NOT-01", "NOT-02", "NOT-04")
async def test_a_life_is_told_in_order(bench: Bench, sink: Sink) -> None:
    base = facts()
    await bench.feed(profile())
    for event in (created(base), assigned(base), promised(base), closed(base)):
        await bench.feed(event)
    outcomes = await settled(bench, 4)
    assert [o.moment for o in outcomes] == [Moment.RECEIVED, Moment.ASSIGNED, Moment.PROMISED, Moment.CLOSED]
    assert [o.sequence for o in outcomes] == [1, 2, 3, 4]
    assert {o.outcome for o in outcomes} == {DeliveryOutcome.DELIVERED}
    assert [m["To"] for m in sink.mails] == ["ana@example.org"] * 4
    assert all("AB12-CD34-EF56" in m["Subject"] for m in sink.mails)
    assert sink.mails[0]["Message-ID"] == f"<{outcomes[0].intent_id}@city.example>"
    assert "Within 3 days." in text_of(sink.mails[2])
    assert "Painted over." in text_of(sink.mails[3])
    assert sink.mails[0]["Auto-Submitted"] == "auto-generated"


@pytest.mark.requirement("NOT-10")
async def test_spanish_speakers_read_spanish(bench: Bench, sink: Sink) -> None:
    await bench.feed(profile(language="es"))
    await bench.feed(closed(facts()))
    await settled(bench, 1)
    assert "Se pintó." in text_of(sink.mails[0])
    assert sink.mails[0]["Content-Language"] == "es"


async def test_a_message_waits_for_the_profile(bench: Bench, sink: Sink) -> None:
    await bench.feed(created(facts()))
    await asyncio.sleep(0.1)
    assert sink.mails == []
    await bench.feed(profile())
    assert [o.outcome for o in await settled(bench, 1)] == [DeliveryOutcome.DELIVERED]
    assert len(sink.mails) == 1


async def test_what_reaches_nobody_ends_as_suppressed(bench: Bench) -> None:
    await bench.feed(profile(email=None))
    await bench.feed(created(facts()))
    await bench.feed(created(facts(contact_refs=("nobody",))))
    await bench.feed(created(facts(contact_refs=())))
    await settled(bench, 1)
    await bench.advance(timedelta(seconds=31))
    assert [o.outcome for o in await settled(bench, 2)] == [DeliveryOutcome.SUPPRESSED] * 2


async def test_an_erased_contact_is_told_nothing_more(bench: Bench, sink: Sink) -> None:
    sink.refusals = ["451 busy"]
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await put_off(bench)
    await bench.feed_raw("contact.profile", "c1", None)
    await bench.advance(timedelta(seconds=11))
    assert [o.outcome for o in await settled(bench, 1)] == [DeliveryOutcome.SUPPRESSED]
    assert sink.mails == []
    assert await bench.rows("notify", "SELECT * FROM profile") == []


async def test_a_busy_mail_server_is_asked_again_and_keeps_the_order(bench: Bench, sink: Sink) -> None:
    sink.refusals = ["451 4.7.1 greylisted <ana@example.org>"]
    base = facts()
    await bench.feed(profile())
    await bench.feed(created(base))
    await bench.feed(closed(base))
    await put_off(bench)
    assert sink.mails == []
    await bench.advance(timedelta(seconds=3))
    outcomes = await settled(bench, 2)
    assert [(o.moment, o.attempts) for o in outcomes] == [(Moment.RECEIVED, 2), (Moment.CLOSED, 1)]
    assert ["have your request" in m["Subject"] for m in sink.mails] == [True, False]


async def test_a_refused_mail_fails_without_naming_the_address(bench: Bench, sink: Sink) -> None:
    sink.refusals = ["550 <ana@example.org> unknown"]
    await bench.feed(profile())
    await bench.feed(created(facts()))
    (outcome,) = await settled(bench, 1)
    assert outcome.outcome is DeliveryOutcome.FAILED
    assert outcome.detail is not None
    assert "550" in outcome.detail
    assert "ana" not in outcome.detail


async def test_a_mail_server_that_is_away_is_waited_for_until_news_is_old(
    bench_factory: Callable[..., Awaitable[Bench]],
) -> None:
    bench = await bench_factory(build, Settings, smtp_port=1, delivery_poll_seconds=0.02)
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await put_off(bench)
    assert bench.published("notification.settled") == []
    await bench.advance(timedelta(days=4))
    assert [o.outcome for o in await settled(bench, 1)] == [DeliveryOutcome.EXPIRED]


async def test_lost_database_connections_are_survived(bench: Bench, sink: Sink) -> None:
    await bench.feed(profile())
    hang_up = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    killed = 0
    for _ in range(20):
        killed += len(await bench.rows("notify", hang_up))
        await asyncio.sleep(0.01)
    assert killed
    await bench.feed(created(facts()))
    assert [o.outcome for o in await settled(bench, 1)] == [DeliveryOutcome.DELIVERED]
    assert len(sink.mails) == 1


async def test_a_mail_that_was_taken_is_not_sent_again_when_recording_it_fails(bench: Bench, sink: Sink) -> None:
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    sink.answer.clear()
    await bench.feed(profile())
    await bench.feed(created(facts()))
    await asyncio.to_thread(sink.taken.wait, 10)
    other = await asyncpg.connect(bench.running["notify"].database.url)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE intent IN ACCESS EXCLUSIVE MODE")
            sink.answer.set()
            while not await other.fetch(end):
                await asyncio.sleep(0.01)
    finally:
        await other.close()
    assert [o.outcome for o in await settled(bench, 1)] == [DeliveryOutcome.DELIVERED]
    assert len(sink.mails) == 1


async def test_news_is_told_once_however_often_it_is_heard(bench: Bench, sink: Sink) -> None:
    event = created(facts())
    await bench.feed(profile())
    await bench.feed(event)
    await bench.feed(event)  # another event id, the same transition
    await settled(bench, 1)
    await asyncio.sleep(0.1)
    assert len(sink.mails) == 1


async def test_news_that_was_told_is_not_told_again(bench: Bench, sink: Sink) -> None:
    event = created(facts())
    await bench.feed(profile())
    await bench.feed(event)
    await settled(bench, 1)
    await bench.feed(event)
    await asyncio.sleep(0.3)
    assert len(sink.mails) == 1
    assert len(await bench.rows("notify", "SELECT * FROM intent")) == 1


async def test_a_claim_that_ran_out_may_still_settle_but_not_postpone(
    bench_factory: Callable[..., Awaitable[Bench]],
) -> None:
    bench = await bench_factory(build, Settings, smtp_port=1, delivery_poll_seconds=10)
    database, base = bench.running["notify"].database, facts()
    hold = "INSERT INTO claim (until, requests) VALUES ($1, $2::uuid[])"
    await bench.rows("notify", hold, bench.clock.now + timedelta(hours=1), [base["request_id"]])
    await bench.feed(profile())
    await bench.feed(created(base))
    await asyncio.sleep(1.5)  # the bench's own deliverer looks, and rests
    await bench.rows("notify", "DELETE FROM claim")
    claims = []
    for _ in range(2):
        async with database.transaction() as tx:
            claims.append(await store.claim_due(tx, LEASE, 10))
        async with database.transaction() as tx:
            assert await store.claim_due(tx, LEASE, 10) is None
        bench.clock.now += LEASE + timedelta(seconds=1)
    frozen, second = claims
    assert frozen is not None
    assert second is not None
    (row,) = frozen.rows
    sent = {verdict: [Sent(row, base["about"], Answer(verdict))] for verdict in (Verdict.LATER, Verdict.TAKEN)}
    city = load_city(Path(__file__).parents[3] / "cities" / "los-angeles")
    telling = Telling(Hours(city.telling, ZoneInfo("UTC")))
    counted = "SELECT count(*) FILTER (WHERE postponed) AS postponed, count(*) AS n FROM open_intent"
    for claim, verdict, left in ((frozen, Verdict.LATER, 1), (frozen, Verdict.TAKEN, 0), (second, Verdict.TAKEN, 0)):
        async with database.transaction() as tx:
            await record(tx, claim.id, sent[verdict], telling)
        assert dict((await bench.rows("notify", counted))[0]) == {"postponed": 0, "n": left}
    assert [o.sequence for o in await settled(bench, 1)] == [1]


@pytest.mark.requirement("NOT-01")
async def test_messages_of_the_first_tables_are_kept(database_url: str, tmp_path: Path) -> None:
    old = tmp_path / "migrations" / "versions"
    old.mkdir(parents=True)
    for file in (MIGRATIONS / "versions").glob("000[12]_*.py"):
        shutil.copy(file, old)
    await asyncio.to_thread(migrations._upgrade, database_url, old.parent, store.METADATA)
    connection = await asyncpg.connect(database_url)
    try:
        for ended in (AT, None, AT + timedelta(hours=1)):
            values = (uuid4(), UUID(int=7), AT, ended and "delivered", ended)
            await connection.execute(_FIRST_MESSAGE, *values)
        await connection.execute("INSERT INTO settled VALUES ($1, 2)", UUID(int=7))
        await migrations.migrate(database_url, "notify", store.METADATA)
        kept = await connection.fetch("SELECT outcome, settled_at FROM intent ORDER BY seq")
        numbers = await connection.fetch("SELECT sequence FROM settled_intent ORDER BY settled_at")
        left = await connection.fetchrow("SELECT details, postponed FROM open_intent")
    finally:
        await connection.close()
    assert [row["outcome"] for row in kept] == ["delivered", None, "delivered"]
    assert [row["sequence"] for row in numbers] == [1, 2]
    assert left is not None
    assert tuple(left) == ('{"agency": "parks"}', False)


_FIRST_MESSAGE = """
INSERT INTO intent (intent_id, request_id, contact_ref, moment, transition, at, made_at, next_attempt_at, expires_at,
    details, outcome, settled_at)
VALUES ($1, $2, 'c1', 'received', 'created', $3, $3, $3, $3, '{"agency": "parks"}', $4, $5)
"""


async def test_a_promise_that_reads_the_same_is_not_told_again(bench: Bench, sink: Sink) -> None:
    base = facts()
    await bench.feed(profile())
    await bench.feed(promised(base))
    await settled(bench, 1)
    await bench.feed(promised(base | {"sequence": 2}, revision=2))
    await bench.feed(promised(base | {"sequence": 3}, revision=3, words="Within 9 days."))
    outcomes = await settled(bench, 2)
    assert [o.moment for o in outcomes] == [Moment.PROMISED, Moment.PROMISE_CHANGED]
    assert "Within 9 days." in text_of(sink.mails[1])


async def test_a_survey_goes_to_the_one_who_is_asked(bench: Bench, sink: Sink) -> None:
    base = facts(contact_refs=("c1", "c2"))
    await bench.feed(profile())
    invitation = UUID(int=42)
    await bench.feed(SurveyInvited(**base, invitation_id=invitation, closure_id=uuid4(), contact_ref="c1"))
    (outcome,) = await settled(bench, 1)
    assert outcome.contact_ref == "c1"
    assert f"/surveys/{invitation}?token=" in text_of(sink.mails[0])


async def test_history_is_told_on_its_own_clock(bench: Bench, sink: Sink) -> None:
    past = datetime(2017, 5, 3, 12, tzinfo=UTC)
    await bench.feed(profile())
    await bench.feed(created(facts(clock=Clock.EVENT)), at=past, clock="event")
    await settled(bench, 1)
    (envelope,) = bench.published("notification.settled")
    assert (envelope.time, envelope.clock) == (past, "event")
    assert text_of(sink.mails[0]).startswith("May 3, 2017")


async def test_only_staff_see_deliveries_and_previews(bench: Bench) -> None:
    base = facts()
    await bench.feed(profile())
    await bench.feed(created(base))
    await settled(bench, 1)
    path = f"/deliveries?request_id={base['request_id']}"
    assert (await bench.http.get(path)).status_code == 403
    found = (await bench.http.get(path, headers=bench.token("agent"))).json()
    assert [(d["moment"], d["outcome"], d["attempts"]) for d in found] == [("received", "delivered", 1)]
    assert "ana@example.org" not in json.dumps(found)
    shown = await bench.http.get("/preview?moment=closed&language=es", headers=bench.token("operator"))
    assert "cerrada" in shown.json()["text"]
    assert (await bench.http.get("/preview?moment=closed&language=xx", headers=bench.token("agent"))).status_code == 422


class Hook:
    """A webhook's far end."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], str]] = []
        self.answers: list[str] = []
        self.url = ""

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one call."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head.split("\r\n")[1:])}
        self.calls.append((headers, (await reader.readexactly(int(headers["content-length"]))).decode()))
        answer = self.answers.pop(0) if self.answers else "204 No Content"
        writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    async with await asyncio.start_server(made, "127.0.0.1", 0) as server:
        made.url = f"http://localhost:{server.sockets[0].getsockname()[1]}/hook?a=1"
        yield made


@pytest.mark.requirement("NOT-03")
async def test_a_webhook_is_signed_and_asked_again(bench: Bench, hook: Hook, sink: Sink) -> None:
    hook.answers = ["503 Service Unavailable\r\nRetry-After: 5"]
    await bench.feed(profile(webhook_url=hook.url, channels=(DeliveryChannel.WEBHOOK,)))
    await bench.feed(created(facts()))
    await put_off(bench)
    await bench.advance(timedelta(seconds=6))
    (outcome,) = await settled(bench, 1)
    assert (outcome.outcome, outcome.attempts) == (DeliveryOutcome.DELIVERED, 2)
    headers, body = hook.calls[1]
    assert Webhook(SECRET).verify(body, headers)["data"]["tracking_number"] == "AB12-CD34-EF56"
    assert headers["webhook-id"] == outcome.intent_id
    assert sink.mails == []


async def test_a_redirect_is_not_followed(bench: Bench, hook: Hook) -> None:
    hook.answers = ["302 Found\r\nLocation: http://127.0.0.1:1/"]
    await bench.feed(profile(webhook_url=hook.url, channels=(DeliveryChannel.WEBHOOK,)))
    await bench.feed(created(facts()))
    assert [(o.outcome, o.detail) for o in await settled(bench, 1)] == [(DeliveryOutcome.FAILED, "HTTP 302")]


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "169.254.169.254", "[::ffff:10.0.0.1]", "u:p@example.org"]
)
async def test_private_targets_are_refused(host: str) -> None:
    gateway = WebhookGateway(Settings(database_url=SecretStr("unused"), allow_private_webhooks=False))
    letter = Letter(
        uuid4(), DeliveryChannel.WEBHOOK, f"http://{host}:1/", "Subject", "Text", "en", Moment.RECEIVED, "AB12", "", AT
    )
    answer = await gateway.send(letter)
    await gateway.close()
    assert answer.verdict is Verdict.REFUSED
    assert host not in (answer.detail or "")
