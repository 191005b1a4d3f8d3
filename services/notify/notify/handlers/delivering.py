"""Delivers what is due: claim a few messages, send them outside any transaction, record how each went."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
import structlog
from opentelemetry.trace import Span, SpanKind

from chassis import failpoints
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
from notify.domain.batches import FEWEST, next_batch
from notify.domain.letters import Task, Writer
from notify.domain.retries import Answer, Step, Trial, Verdict, step_after
from notify.gateways import PostOffice

LEASE: Final = timedelta(seconds=10)
"""A deliverer that dies holds its messages no longer than this."""
SEND_WITHIN: Final = timedelta(seconds=4)
"""Nothing new is sent later than this after the claim; with a provider's timeout it stays within the lease."""
AFTER_BELL: Final = (0.2, 0.05)
"""Seconds to wait after the bell, the last first: it rings before the batch commits, and batches come in crowds."""
YIELD_EVERY: Final = 50
UNDECIDED: Final = frozenset({Verdict.LATER, Verdict.NOT_TRIED, Verdict.UNKNOWN_CONTACT})
_MOMENTS: Final = {moment.value: moment for moment in Moment}
_CHANNELS: Final = {channel.value: channel for channel in DeliveryChannel}
_ADDRESSES: Final = {DeliveryChannel.EMAIL: "email", DeliveryChannel.WEBHOOK: "webhook_url"}
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
        self._doors, self._writer, self._post, self._most = doors, writer, post, batch
        self._batch = FEWEST

    async def run(self, stop: asyncio.Event, bell: asyncio.Event, poll_seconds: float) -> None:
        """Deliver until told to stop: soon after the bell, and else at every poll."""
        naps: list[float] = []
        while not stop.is_set():
            if await self.deliver_due():
                continue
            if bell.is_set():
                bell.clear()
                naps = list(AFTER_BELL)
            if naps:
                await _rest(naps.pop(), stop)
            else:
                await _rest(poll_seconds, stop, bell)

    async def deliver_due(self) -> bool:
        """Deliver one batch; tells whether more is waiting."""
        async with self._doors.transaction() as tx:
            claim = await store.claim_due(tx, LEASE, self._batch)
        if claim is None:
            return False
        began = asyncio.get_running_loop().time()
        sent = await self._send_all(claim.rows, began + SEND_WITHIN.total_seconds())
        self._batch = next_batch(len(sent), asyncio.get_running_loop().time() - began, self._most)
        # What was sent is known here alone: unless it is recorded, it will be sent again.
        await self._doors.persist(lambda tx: record(tx, claim.id, sent))
        failpoints.at("mail.recorded")
        return claim.is_full or any(one.answer.verdict is Verdict.NOT_TRIED for one in sent)

    async def _send_all(self, rows: Sequence[Row], deadline: float) -> list[Sent]:
        """Send each line in order, as many lines at once as each channel takes."""
        lines: dict[tuple[Any, ...], list[Row]] = {}
        for row in rows:
            lines.setdefault((row["channel"], row["request_id"], row["contact_ref"]), []).append(row)
        sent: list[Sent] = []
        lanes = []
        for channel in {channel for channel, _, _ in lines}:
            waiting = iter([line for (name, _, _), line in lines.items() if name == channel])
            lanes += [self._lane(waiting, deadline, sent) for _ in range(self._post.at_once(channel))]
        await asyncio.gather(*lanes)
        return sent

    async def _lane(self, lines: Iterator[Sequence[Row]], deadline: float, sent: list[Sent]) -> None:
        """Take up one line after the other; a line ends at a message that is to be tried again."""
        for nth, line in enumerate(lines):
            for row in line:
                one = await self._send(row, deadline)
                sent.append(one)
                if one.answer.verdict in UNDECIDED:
                    break
            if nth % YIELD_EVERY == 0:
                await asyncio.sleep(0)  # what sends nothing never waits, and others are to have their turn

    async def _send(self, row: Row, deadline: float) -> Sent:
        channel, address = _destination(row)
        about = facts_of(row["about"])
        if channel is None or address is None:
            return Sent(row, about, _why_not(row))
        letter = self._writer.letter(_task(row, about), channel, address)
        span = self._span(row, channel)
        try:
            answer = await self._post.send(letter, deadline)
        finally:
            if span:
                span.end()  # nothing follows under it: the map of dependencies shows only calls that end a path
        return Sent(row, about, answer)

    def _span(self, row: Row, channel: DeliveryChannel) -> Span | None:
        if row["traceparent"] is None:
            return None
        telemetry: Telemetry = self._doors.telemetry
        attributes = {"peer.service": _PEERS[channel], "messaging.message.id": str(row["intent_id"])}
        return telemetry.span_from(row["traceparent"], f"deliver {channel.value}", SpanKind.CLIENT, attributes)


@lru_cache(maxsize=4096)
def facts_of(about: str) -> RequestFacts:
    """Read what a request is about; its messages come close together."""
    return RequestFacts.model_validate_json(about)


async def record(tx: Transaction, claim_id: int, sent: Sequence[Sent]) -> None:
    """Record how each attempt went, and publish what is settled.

    What was settled stands, whoever says it first; a postponement counts only while the claim is held, for whoever has
    taken it over knows better.
    """
    is_held = await store.end_claim(tx, claim_id)
    steps = [(one, step_after(one.answer, _trial(one.row), tx.now)) for one in sent]
    ended = [(one, step) for one, step in steps if step.outcome]
    numbers = await store.settle(tx, [_ending(one.row, step) for one, step in ended])
    if is_held:
        await store.postpone(tx, [_postponement(one.row, step) for one, step in steps if _is_put_off(one, step)])
    for one, step in ended:
        if one.row["intent_id"] in numbers:
            _publish(tx, one, step, numbers[one.row["intent_id"]])
    if ended:
        _log.info("messages settled", **Counter(str(step.outcome) for _, step in ended))


def _is_put_off(one: Sent, step: Step) -> bool:
    return step.outcome is None and one.answer.verdict is not Verdict.NOT_TRIED  # that one is still due as it stands


def _ending(row: Row, step: Step) -> store.Ending:
    outcome = (step.outcome or DeliveryOutcome.FAILED).value
    return store.Ending(row["request_id"], row["intent_id"], step.attempts, outcome, step.detail)


def _postponement(row: Row, step: Step) -> store.Postponement:
    return store.Postponement(row["request_id"], row["intent_id"], step.attempts, step.next_attempt_at, step.detail)


def _publish(tx: Transaction, one: Sent, step: Step, sequence: int) -> None:
    row, about = one.row, one.about
    event = NotificationSettled(
        request_id=row["request_id"],
        sequence=sequence,
        about=about,
        intent_id=str(row["intent_id"]),
        moment=_MOMENTS[row["moment"]],
        contact_ref=row["contact_ref"],
        channel=_CHANNELS.get(row["channel"], DeliveryChannel.EMAIL),
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
    if row["channel"] is None or row["expires_at"] < row["claimed_at"]:
        return None, None
    channel = _CHANNELS[row["channel"]]
    return channel, row[_ADDRESSES[channel]]


def _why_not(row: Row) -> Answer:
    if row["expires_at"] < row["claimed_at"]:
        return Answer(Verdict.STALE, "no longer news")
    if not row["is_known"] and row["channel"] is None:
        return Answer(Verdict.UNKNOWN_CONTACT, "the contact's profile is not known")
    return Answer(Verdict.UNREACHABLE, "no channel reaches this contact")


def _trial(row: Row) -> Trial:
    return Trial(row["attempts"], row["made_at"], row["expires_at"])


def _task(row: Row, about: RequestFacts) -> Task:
    words: str | None = row["words"]
    return Task(
        row["intent_id"],
        row["request_id"],
        row["contact_ref"],
        _MOMENTS[row["moment"]],
        row["at"],
        orjson.loads(row["details"]),
        about,
        row["agency"],
        orjson.loads(words) if words else None,
        row["due_at"],
        row["language"],
    )


async def _rest(seconds: float, *events: asyncio.Event) -> None:
    """Wait that long, or until one of the events."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
