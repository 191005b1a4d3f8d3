"""Delivers what is due: claim a few messages, send them outside any transaction, record how each went."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from opentelemetry.trace import Span, SpanKind

from chassis import failpoints
from chassis.http import Doors
from chassis.sql import Row
from chassis.telemetry import Telemetry
from chassis.waiting import rest
from contracts.event import RequestFacts
from contracts.vocabulary import DeliveryChannel, Frequency
from notify import store
from notify.domain.batches import FEWEST, next_batch
from notify.domain.consent import may_tell, purpose_of
from notify.domain.hours import held_until
from notify.domain.intents import Telling
from notify.domain.leaving import is_still_said
from notify.domain.letters import Letter, Task, Writer
from notify.domain.reaching import ADDRESS, Reach, flag_of
from notify.domain.retries import Answer, Verdict
from notify.domain.texts import fits, segments
from notify.gateways import PostOffice
from notify.handlers.recording import CHANNELS, MOMENTS, Sent, facts_of, record

LEASE: Final = timedelta(seconds=10)
"""A deliverer that dies holds its messages no longer than this."""
SEND_WITHIN: Final = timedelta(seconds=4)
"""Nothing new is sent later than this after the claim; with a provider's timeout it stays within the lease."""
APART: Final = 0.2
"""Seconds between two rounds that the bell began: who comes alone goes at once, and a crowd goes together."""
YIELD_EVERY: Final = 50
UNDECIDED: Final = frozenset({Verdict.LATER, Verdict.NOT_TRIED, Verdict.UNKNOWN_CONTACT, Verdict.PAUSED})
_COLUMNS: Final = {
    "email": "email", "webhook": "webhook_url", "sms": "phone", "voice": "phone", "push": "push", "social": "social",
    "letter": "postal_address",
}  # fmt: skip
_DIGEST: Final = Frequency.DIGEST.value
_SPENT: Final = Answer(Verdict.PAUSED, "the day's text messages to this contact are used up", timedelta(hours=1))
_NO_WAY: Final = Answer(Verdict.UNREACHABLE, "no channel reaches this contact")
_LEFT: Final = Answer(Verdict.UNREACHABLE, "the contact wishes no such messages any more")
_GIVES_WAY: Final = Answer(Verdict.STALE, "a small step: the rest of the day's text messages is for milestones")
"""It ends at once: what matters more stands behind it in its line."""
_FLAGGED: Final = Answer(Verdict.REFUSED, "the address is used no longer: it bounced, or its owner said so", gone=True)


class Deliverer:
    """One deliverer of a service process; several may run side by side."""

    def __init__(self, doors: Doors, writer: Writer, post: PostOffice, batch: int) -> None:
        self._doors, self._writer, self._post, self._most = doors, writer, post, batch
        self._telling = Telling(writer.clock, post.channels)
        self._batch = FEWEST
        self._parts: Counter[str] = Counter()

    async def run(self, stop: asyncio.Event, bell: asyncio.Event, poll_seconds: float) -> None:
        """Deliver until told to stop: after the bell, and else at every poll."""
        time, rung = asyncio.get_running_loop().time, float("-inf")
        while not stop.is_set():
            if await self.deliver_due():
                continue
            await rest(poll_seconds, stop, bell)
            if bell.is_set():
                await rest(rung + APART - time(), stop)
                bell.clear()
                rung = time()

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
        await self._doors.persist(lambda tx: record(tx, claim.id, sent, self._telling))
        failpoints.at("mail.recorded")
        return claim.is_full or any(one.answer.verdict is Verdict.NOT_TRIED for one in sent)

    async def _send_all(self, rows: Sequence[Row], deadline: float) -> list[Sent]:
        """Send each line in order, as many lines at once as each channel takes."""
        self._parts.clear()
        lines: dict[tuple[Any, ...], list[Row]] = {}
        for row in rows:
            about = None if self._is_digested(row) else row["request_id"]
            lines.setdefault((row["channel"], about, row["contact_ref"]), []).append(row)
        sent: list[Sent] = []
        lanes = []
        for channel in {channel for channel, _, _ in lines}:
            waiting = iter([(about, line) for (name, about, _), line in lines.items() if name == channel])
            lanes += [self._lane(waiting, deadline, sent) for _ in range(self._post.at_once(channel))]
        await asyncio.gather(*lanes)
        return sent

    async def _lane(self, lines: Iterator[tuple[Any, Sequence[Row]]], deadline: float, sent: list[Sent]) -> None:
        """Take up one line after the other; a line ends at a message that is to be tried again."""
        for nth, (about, line) in enumerate(lines):
            if about is None and len(line) > 1:
                sent += await self._send_digest(line, deadline)
            else:
                await self._send_line(line, deadline, sent)
            if nth % YIELD_EVERY == 0:
                await asyncio.sleep(0)  # what sends nothing never waits, and others are to have their turn

    async def _send_line(self, line: Sequence[Row], deadline: float, sent: list[Sent]) -> None:
        for row in line:
            one = await self._send(row, deadline)
            sent.append(one)
            if one.answer.verdict in UNDECIDED:
                break

    async def _send(self, row: Row, deadline: float) -> Sent:
        about, (channel, address) = facts_of(row["about"], row["contact_ref"]), self._destination(row)
        if channel is None or address is None:
            return Sent(row, about, _why_not(row))
        letter = self._writer.letter(self._task(row, about), channel, address)
        span = self._span(row, channel)
        try:
            answer = await self._post_letter(letter, row, deadline)
        finally:
            if span:
                span.end()  # nothing follows under it: the map of dependencies shows only calls that end a path
        return Sent(row, about, answer, address)

    async def _send_digest(self, line: Sequence[Row], deadline: float) -> list[Sent]:
        """Send a day's news as one message, named after the first; each of them ends as it does."""
        facts = [facts_of(row["about"], row["contact_ref"]) for row in line]
        open_ones = [(row, about) for row, about in zip(line, facts, strict=True) if self._destination(row)[1]]
        closed = [Sent(row, about, _why_not(row)) for row, about in zip(line, facts, strict=True)]
        if not open_ones:
            return closed
        channel, address = self._destination(open_ones[0][0])
        assert channel is not None  # noqa: S101 - chosen for it
        assert address is not None  # noqa: S101 - as above
        tasks = [self._task(row, about) for row, about in open_ones]
        letter = self._writer.digest(tasks, channel, address)
        answer = await self._post_letter(letter, open_ones[0][0], deadline)
        told = {row["intent_id"] for row, _ in open_ones}
        together = [Sent(row, about, answer, address) for row, about in open_ones]
        return together + [one for one in closed if one.row["intent_id"] not in told]

    async def _post_letter(self, letter: Letter, row: Row, deadline: float) -> Answer:
        flags = row["flags"]
        if flags and flag_of(letter.channel.value, letter.address) in flags.split():
            return _FLAGGED
        if rest := self._quiet(letter, row):
            return Answer(Verdict.PAUSED, "quiet hours", rest)
        if letter.channel is not DeliveryChannel.SMS:
            return await self._post.send(letter, deadline)
        who, parts = row["contact_ref"], segments(letter.text)
        small = letter.moment not in self._writer.milestones
        if not fits((row["parts_sent"] or 0) + self._parts[who], parts, self._writer.text_parts_a_day, small=small):
            return _GIVES_WAY if small else _SPENT
        self._parts[who] += parts
        answer = await self._post.send(letter, deadline)
        return answer._replace(parts=parts) if answer.verdict is Verdict.TAKEN else answer

    def _quiet(self, letter: Letter, row: Row) -> timedelta:
        """Tell for how long quiet hours hold a message: it may have waited into them for its turn or its server."""
        hours = Reach(None, None, quiet_from=row["quiet_from"], quiet_until=row["quiet_until"])
        now: datetime = row["claimed_at"]
        return held_until(self._writer.clock, letter.moment, letter.channel.value, hours, now) - now

    def _is_digested(self, row: Row) -> bool:
        frequency = self._writer.offices.frequency(row["contact_ref"]) or row["frequency"]
        return frequency == _DIGEST and row["moment"] not in self._writer.urgent

    def _destination(self, row: Row) -> tuple[DeliveryChannel | None, str | None]:
        if row["channel"] is None or row["expires_at"] < row["claimed_at"] or not _is_wanted(row):
            return None, None
        reach = self._writer.offices.reaches.get(row["contact_ref"])
        channel = row["channel"]
        return CHANNELS[channel], ADDRESS[channel](reach) if reach else row[_COLUMNS[channel]]

    def _span(self, row: Row, channel: DeliveryChannel) -> Span | None:
        if row["traceparent"] is None:
            return None
        telemetry: Telemetry = self._doors.telemetry
        peer = "mail" if channel is DeliveryChannel.EMAIL else channel.value
        attributes = {"peer.service": peer, "messaging.message.id": str(row["intent_id"])}
        return telemetry.span_from(row["traceparent"], f"deliver {channel.value}", SpanKind.CLIENT, attributes)

    def _task(self, row: Row, about: RequestFacts) -> Task:
        words: str | None = row["words"]
        return Task(
            row["intent_id"],
            row["request_id"],
            row["contact_ref"],
            MOMENTS[row["moment"]],
            row["at"],
            orjson.loads(row["details"]),
            about,
            row["agency"],
            orjson.loads(words) if words else None,
            row["due_at"],
            self._writer.offices.languages.get(row["contact_ref"]) or row["language"],
        )


def _why_not(row: Row) -> Answer:
    if row["expires_at"] < row["claimed_at"]:
        return Answer(Verdict.STALE, "no longer news")
    if not row["is_known"] and row["channel"] is None:
        return Answer(Verdict.UNKNOWN_CONTACT, "the contact's profile is not known")
    return _NO_WAY if _is_wanted(row) else _LEFT


def _is_wanted(row: Row) -> bool:
    if not may_tell(row["consents"], row["channel"], purpose_of(MOMENTS[row["moment"]])):
        return False  # it was refused after it had been intended
    left_request, left_all = bool(row["left_request"]), bool(row["left_all"])
    if not (left_request or left_all):  # nearly everybody
        return True
    return is_still_said(MOMENTS[row["moment"]], left_request=left_request, left_all=left_all)
