"""Delivers what is due: claim a few messages, send them outside any transaction, record how each went."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog
from opentelemetry.trace import SpanKind

from chassis.http import Doors
from chassis.ids import derived_id
from chassis.records import Due
from chassis.sql import Row
from chassis.telemetry import Telemetry
from chassis.transaction import Transaction
from contracts.event import RequestFacts
from contracts.notify import NotificationSettled
from contracts.vocabulary import Clock, DeliveryChannel, DeliveryOutcome, Moment
from notify import store
from notify.domain.letters import Task, Writer
from notify.domain.retries import Answer, Step, Trial, Verdict, step_after
from notify.gateways import PostOffice

LEASE: Final = timedelta(seconds=10)
"""A deliverer that dies holds its messages no longer than this."""
SEND_WITHIN: Final = timedelta(seconds=4)
"""Nothing new is sent later than this after the claim; with a provider's timeout it stays within the lease."""
_PEERS: Final = {DeliveryChannel.EMAIL: "mail", DeliveryChannel.WEBHOOK: "webhook"}
_log = structlog.get_logger()


class Sent(NamedTuple):
    """One claimed message and the answer to it."""

    row: Row
    about: RequestFacts
    answer: Answer


class Deliverer:
    """One deliverer of a service process; several may run side by side."""

    def __init__(self, doors: Doors, writer: Writer, post: PostOffice, batch: int) -> None:
        self._doors, self._writer, self._post, self._batch = doors, writer, post, batch

    async def run(self, stop: asyncio.Event, poll_seconds: float) -> None:
        """Deliver until told to stop."""
        while not stop.is_set():
            if not await self.deliver_due():
                await _pause(stop, poll_seconds)

    async def deliver_due(self) -> bool:
        """Deliver one batch; tells whether there was any."""
        async with self._doors.transaction() as tx:
            rows = await store.claim_due(tx, LEASE, self._batch)
        if not rows:
            return False
        deadline = asyncio.get_running_loop().time() + SEND_WITHIN.total_seconds()
        sent = await asyncio.gather(*(self._send(row, deadline) for row in rows))
        # What was sent is known here alone: unless it is recorded, it will be sent again.
        await self._doors.persist(lambda tx: record(tx, sent))
        return True

    async def _send(self, row: Row, deadline: float) -> Sent:
        channel, address = _destination(row)
        about = RequestFacts.model_validate(row["about"])
        if channel is None or address is None:
            return Sent(row, about, _why_not(row))
        letter = self._writer.letter(_task(row, about), channel, address)
        attributes = {"peer.service": _PEERS[channel], "messaging.message.id": str(row["intent_id"])}
        telemetry: Telemetry = self._doors.telemetry
        span = telemetry.span_from(row["traceparent"], f"deliver {channel.value}", SpanKind.CLIENT, attributes)
        try:
            answer = await self._post.send(letter, deadline)
        finally:
            if span:
                span.end()  # nothing follows under it: the map of dependencies shows only calls that end a path
        return Sent(row, about, answer)


async def record(tx: Transaction, sent: Sequence[Sent]) -> None:
    """Record how each attempt went, and publish what is settled."""
    steps = {one.row["intent_id"]: step_after(one.answer, _trial(one.row), tx.now) for one in sent}
    ours = await store.record_steps(tx, [_written(one.row, steps[one.row["intent_id"]]) for one in sent])
    settled = [one for one in sent if one.row["intent_id"] in ours and steps[one.row["intent_id"]].outcome]
    if not settled:
        return
    numbers = await store.number_settled(tx, Counter(one.row["request_id"] for one in settled))
    for one in settled:
        request_id = one.row["request_id"]
        _publish(tx, one, steps[one.row["intent_id"]], numbers[request_id])
        numbers[request_id] += 1
    outcomes = Counter(str(steps[one.row["intent_id"]].outcome) for one in settled)
    _log.info("messages settled", **outcomes)


def _publish(tx: Transaction, one: Sent, step: Step, sequence: int) -> None:
    row, about = one.row, one.about
    event = NotificationSettled(
        request_id=row["request_id"],
        sequence=sequence,
        about=about,
        intent_id=str(row["intent_id"]),
        moment=Moment(row["moment"]),
        contact_ref=row["contact_ref"],
        channel=DeliveryChannel(row["channel"] or DeliveryChannel.EMAIL),
        outcome=step.outcome or DeliveryOutcome.FAILED,
        attempts=step.attempts,
        detail=step.detail,
    )
    tx.publish(event, because=_cause(one, tx.now), at=_told_at(row, about, tx.now), clock=_clock(about))


def _cause(one: Sent, now: datetime) -> Due:
    """Name the event after the message alone: it is settled once, whoever delivers it."""
    key = str(one.row["intent_id"])
    return Due("notify.settled", key, now, {}, derived_id("settled", key), now, one.row["traceparent"])


def _told_at(row: Row, about: RequestFacts, now: datetime) -> datetime:
    told_at: datetime = row["at"] if about.clock is Clock.EVENT else now
    return told_at


def _clock(about: RequestFacts) -> str | None:
    return about.clock.value if about.clock is Clock.EVENT else None


def _destination(row: Row) -> tuple[DeliveryChannel | None, str | None]:
    channel = DeliveryChannel(row["channel"]) if row["channel"] else None
    if channel is None or row["expires_at"] < row["claimed_at"]:
        return None, None
    return channel, {DeliveryChannel.EMAIL: row["email"], DeliveryChannel.WEBHOOK: row["webhook_url"]}[channel]


def _why_not(row: Row) -> Answer:
    if row["expires_at"] < row["claimed_at"]:
        return Answer(Verdict.STALE, "no longer news")
    if not row["is_known"] and row["channel"] is None:
        return Answer(Verdict.UNKNOWN_CONTACT, "the contact's profile is not known")
    return Answer(Verdict.UNREACHABLE, "no channel reaches this contact")


def _trial(row: Row) -> Trial:
    return Trial(row["attempts"], row["made_at"], row["expires_at"])


def _written(row: Row, step: Step) -> tuple[object, ...]:
    outcome = step.outcome and step.outcome.value
    return row["intent_id"], row["claims"], step.attempts, step.next_attempt_at, outcome, step.detail


def _task(row: Row, about: RequestFacts) -> Task:
    return Task(
        intent_id=row["intent_id"],
        request_id=row["request_id"],
        contact_ref=row["contact_ref"],
        moment=Moment(row["moment"]),
        at=row["at"],
        details=row["details"],
        about=about,
        agency=row["agency"],
        words=row["words"],
        due_at=row["due_at"],
        language=row["language"],
    )


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, unless told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
