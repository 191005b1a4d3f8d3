"""Promises that are revised before they were told: the newest alone is told, and no word of what nobody heard."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from told import AT, Inbox, assigned, facts, noon, profile, promised, settled

from chassis.ids import partition_of
from chassis.records import Outgoing
from chassis.testing import Bench
from contracts.event import RequestEvent, encode
from contracts.intake import DuplicateLinked, RequestUpdated
from contracts.sla import RequestPromised
from contracts.vocabulary import DeliveryOutcome, Moment
from notify.app import build
from notify.settings import Settings

LATER = timedelta(seconds=5)
BUSY = "451 4.7.1 try again later"


@pytest.fixture
async def bench(bench_factory: Callable[..., Awaitable[Bench]], inbox: Inbox) -> Bench:
    made = await bench_factory(build, Settings, smtp_port=inbox.port, delivery_poll_seconds=0.02)
    await noon(made)
    return made


def revised(base: dict[str, Any], revision: int, words: str) -> RequestPromised:
    made = promised(base | {"sequence": revision}, revision=revision, words=words)
    return made.model_copy(update={"reason": "service_corrected", "due_at": AT + timedelta(days=revision)})


def text_of(inbox: Inbox, nth: int) -> str:
    body = inbox.mails[nth].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def put_off(bench: Bench) -> None:
    """Wait until the mail server has put a message off, and let a moment pass."""
    for _ in range(800):
        if await bench.rows("notify", "SELECT FROM open_intent WHERE postponed"):
            return await bench.advance(timedelta(milliseconds=500))
        await asyncio.sleep(0.01)
    raise AssertionError("No message was put off")


async def feed_at_once(bench: Bench, *events: RequestEvent) -> None:
    """Let the service read these events in one batch; they happened one after the other."""
    outgoing = []
    for event in events:
        bench.clock.now += timedelta(milliseconds=1)
        place = partition_of(event.key, bench.topology.partitions(event.TYPE))
        outgoing.append(Outgoing(event.TYPE, place, event.key, encode(event, uuid4().hex, "test", bench.clock.now)))
    await bench.cluster.append(outgoing)
    await bench.quiet()


@pytest.mark.requirement("NOT-02", "NOT-05")
async def test_a_promise_that_is_corrected_before_it_was_sent_is_not_told(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    inbox.refusals.append(BUSY)
    await bench.feed(profile())
    await bench.feed(promised(base))
    await put_off(bench)
    await bench.feed(revised(base, 2, "Within 9 days."))
    await bench.advance(LATER)
    outcomes = {one.moment: one.outcome for one in await settled(bench, 2)}
    assert outcomes == {Moment.PROMISED: DeliveryOutcome.EXPIRED, Moment.PROMISE_CHANGED: DeliveryOutcome.DELIVERED}
    assert len(inbox.mails) == 1
    told = text_of(inbox, 0)
    assert "It turned out to be another kind of work" in told
    assert "Within 9 days." in told
    assert "The agency's target is now March 4, 2026." in told
    assert "before" not in told
    assert "stays" not in told


@pytest.mark.requirement("NOT-02")
async def test_what_was_told_before_is_what_was_sent(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    await bench.feed(profile())
    await bench.feed(promised(base))
    await settled(bench, 1)
    inbox.refusals.append(BUSY)
    await bench.feed(revised(base, 2, "Within 9 days."))
    await put_off(bench)
    await bench.feed(revised(base, 3, "Within 20 days."))
    await bench.advance(LATER)
    await settled(bench, 3)
    assert len(inbox.mails) == 2
    told = text_of(inbox, 1)
    assert "Within 20 days." in told
    assert "What we told you before: Within 3 days." in told
    assert "The agency's target was March 2, 2026 and is now March 5, 2026." in told


async def test_of_promises_that_are_read_together_the_newest_alone_is_told(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    await bench.feed(profile())
    await feed_at_once(bench, promised(base), revised(base, 2, "Within 9 days."))
    outcomes = {one.transition: one.outcome for one in await settled(bench, 2)}
    assert outcomes == {"promised:1": DeliveryOutcome.EXPIRED, "promised:2": DeliveryOutcome.DELIVERED}
    assert len(inbox.mails) == 1
    assert "Within 3 days." not in text_of(inbox, 0)


async def test_a_rebuild_that_reads_them_one_by_one_ends_at_the_same(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    await bench.feed(profile())
    await feed_at_once(bench, promised(base), assigned(base), revised(base, 2, "Within 9 days."))
    await settled(bench, 3)
    told = len(inbox.mails)
    assert await bench.rebuild("notify") == []
    assert len(inbox.mails) == told


async def test_who_follows_another_request_is_told_its_newest_promise_alone(bench: Bench, inbox: Inbox) -> None:
    parent, child = facts("PARE-NT00-0000", contact_refs=()), facts("CHIL-D000-0000")
    await bench.feed(profile())
    await bench.feed(
        RequestUpdated(**child, change=DuplicateLinked(parent_request_id=parent["request_id"]), by="agent")
    )
    await settled(bench, 1)
    inbox.refusals.append(BUSY)
    await bench.feed(promised(parent))
    await put_off(bench)
    await bench.feed(revised(parent, 2, "Within 9 days."))
    await bench.advance(LATER)
    told = {one.transition: one.outcome for one in await settled(bench, 3)}
    assert told["parent:promised:1"] is DeliveryOutcome.EXPIRED
    assert told["parent:promised:2"] is DeliveryOutcome.DELIVERED


async def test_a_promise_that_reads_the_same_takes_nothing_back(bench: Bench, inbox: Inbox) -> None:
    base = facts()
    inbox.refusals.append(BUSY)
    await bench.feed(profile())
    await bench.feed(promised(base))
    await put_off(bench)
    await bench.feed(promised(base | {"sequence": 2}, revision=2))
    await bench.advance(LATER)
    (outcome,) = await settled(bench, 1)
    assert (outcome.moment, outcome.outcome) == (Moment.PROMISED, DeliveryOutcome.DELIVERED)
