"""Whose turn it is, and manners: crowds beside single requests, a day's news in one, quiet hours, dead addresses."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.message import EmailMessage
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from told import Inbox, closed, created, facts, profile

from chassis.testing import Bench
from contracts.notify import NotificationSettled
from contracts.vocabulary import DeliveryChannel, DeliveryOutcome
from notify import store
from notify.app import build
from notify.domain.crowds import AT_ONCE
from notify.domain.reaching import flag_of
from notify.handlers.delivering import LEASE
from notify.settings import Settings

CROWD = 10_000


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    return await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02)


async def settled(bench: Bench, count: int) -> list[NotificationSettled]:
    """Wait until so many messages are settled."""
    found: list[NotificationSettled] = []
    for _ in range(3_000):
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


async def _people(bench: Bench, count: int) -> None:
    """Let the service know very many people."""
    known = await bench.rows("notify", "SELECT * FROM profile LIMIT 1")
    names = ", ".join(name for name in dict(known[0]) if name not in {"contact_ref", "email"})
    await bench.rows(
        "notify",
        f"INSERT INTO profile (contact_ref, email, {names})"
        f" SELECT 'f' || n, 'f' || n || '@example.org', {names} FROM profile, generate_series(1, {count}) AS n",
    )


@pytest.mark.requirement("NOT-04")
async def test_ten_thousand_followers_keep_nobody_else_waiting(
    bench: Bench, inbox: Inbox, figure: Callable[[str], None]
) -> None:
    await bench.feed(profile())
    await _people(bench, CROWD)
    await bench.feed(closed(facts(contact_refs=tuple(f"f{n}" for n in range(CROWD)))))
    waits = []
    for n in range(8):
        began, before = time.monotonic(), len(inbox.mails)
        await bench.feed(created(facts(f"AAAA-0000-{n:04}")))
        while not any(mail["To"] == "ana@example.org" for mail in inbox.mails[before:]):
            assert time.monotonic() - began < 10, "somebody waits for the crowd"
            await asyncio.sleep(0.005)
        waits.append(time.monotonic() - began)
    (left,) = await bench.rows("notify", "SELECT count(*) AS n FROM open_intent WHERE lane = 1")
    figure(f"a single mail while {CROWD} are told: slowest of {len(waits)} {max(waits):.2f} s, {left['n']} still wait")
    assert left["n"] > CROWD // 10  # the crowd was there all the time


async def test_a_mass_closing_gives_way_and_still_gets_its_share(
    bench_factory: Callable[..., Awaitable[Bench]],
) -> None:
    bench = await bench_factory(build, Settings, smtp_port=1, delivery_poll_seconds=10)
    database, size = bench.running["notify"].database, 64
    await bench.feed(profile())
    single = facts("AAAA-0000-0001")
    await bench.feed(closed(facts(contact_refs=tuple(f"f{n}" for n in range(AT_ONCE * 3)))))
    await asyncio.sleep(1)
    lanes = await bench.rows("notify", "SELECT lane, count(*) AS n FROM open_intent GROUP BY lane ORDER BY lane")
    assert [(row["lane"], row["n"]) for row in lanes] == [(0, AT_ONCE), (1, AT_ONCE * 2)]
    await bench.feed(created(single))
    await asyncio.sleep(1.5)  # the bench's own deliverer looks, and rests
    await bench.rows("notify", "UPDATE open_intent SET next_attempt_at = $1, postponed = false", bench.clock.now)
    await bench.rows("notify", "DELETE FROM claim")
    async with database.transaction() as tx:
        claim = await store.claim_due(tx, LEASE, AT_ONCE + size)
    assert claim is not None
    taken = [row["lane"] for row in claim.rows]
    assert single["request_id"] in {row["request_id"] for row in claim.rows}
    assert taken.count(1) >= (AT_ONCE + size) // 4


@pytest.mark.requirement("NOT-05")
async def test_a_days_news_of_several_requests_is_one_mail(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile(frequency="digest"))
    for n in range(3):
        await bench.feed(created(facts(f"AAAA-0000-{n:04}")))
    await asyncio.sleep(0.2)
    assert inbox.mails == []
    await bench.advance(timedelta(hours=25))
    outcomes = await settled(bench, 3)
    assert {o.outcome for o in outcomes} == {DeliveryOutcome.DELIVERED}
    (mail,) = inbox.mails
    assert "3" in mail["Subject"]
    assert all(f"AAAA-0000-{n:04}" in text_of(mail) for n in range(3))


async def test_a_busy_server_does_not_tear_a_days_news_apart(bench: Bench, inbox: Inbox) -> None:
    inbox.refusals = ["451 4.7.1 greylisted"]
    await bench.feed(profile(frequency="digest"))
    for n in range(3):
        await bench.feed(created(facts(f"AAAA-0000-{n:04}")))
    await bench.advance(timedelta(hours=25))
    await put_off(bench)
    await bench.advance(timedelta(seconds=3))
    assert [o.attempts for o in await settled(bench, 3)] == [2, 2, 2]
    assert len(inbox.mails) == 1


@pytest.mark.requirement("NOT-05")
async def test_what_waited_into_quiet_hours_keeps_them(bench: Bench, inbox: Inbox) -> None:
    inbox.refusals = ["451 busy"]
    local = bench.clock.now.astimezone(ZoneInfo("America/Los_Angeles"))
    starts, ends = local + timedelta(minutes=30), local + timedelta(hours=3)
    await bench.feed(profile(quiet_from=f"{starts:%H:%M}", quiet_until=f"{ends:%H:%M}"))
    await bench.feed(created(facts()))
    await put_off(bench)
    await bench.advance(timedelta(hours=1))
    await asyncio.sleep(0.3)
    assert inbox.mails == []
    await bench.advance(timedelta(hours=3))
    assert [(o.outcome, o.attempts) for o in await settled(bench, 1)] == [(DeliveryOutcome.DELIVERED, 2)]


async def test_a_flagged_address_gets_nothing_and_a_new_one_does(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile())
    async with bench.running["notify"].database.transaction() as tx:
        await store.flag(tx, [("c1", flag_of("email", "ana@example.org"))])
    await bench.feed(created(facts()))
    assert [o.outcome for o in await settled(bench, 1)] == [DeliveryOutcome.SUPPRESSED]
    await bench.feed(profile(email="ana@new.example", version=2))
    await bench.feed(created(facts("AAAA-0000-0002") | {"request_id": uuid4()}))
    outcomes = {o.outcome for o in await settled(bench, 2)}
    assert outcomes == {DeliveryOutcome.SUPPRESSED, DeliveryOutcome.DELIVERED}
    assert [mail["To"] for mail in inbox.mails] == ["ana@new.example"]


async def test_who_asked_for_texts_gets_mail_where_there_is_no_provider(bench: Bench, inbox: Inbox) -> None:
    await bench.feed(profile(phone="+12135550142", channels=(DeliveryChannel.SMS,)))
    await bench.feed(created(facts()))
    (outcome,) = await settled(bench, 1)
    assert (outcome.channel, outcome.outcome) == (DeliveryChannel.EMAIL, DeliveryOutcome.DELIVERED)
    assert len(inbox.mails) == 1
