"""Records how each attempt went, and publishes what is settled."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson
import structlog

from chassis.ids import derived_id
from chassis.records import Due
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.event import RequestFacts
from contracts.notify import NotificationSettled
from contracts.vocabulary import Clock, DeliveryChannel, DeliveryOutcome, Moment
from notify import store
from notify.domain.intents import Intent, Telling, address
from notify.domain.paper import WAITS
from notify.domain.reaching import flag_of
from notify.domain.retries import Answer, Step, Trial, Verdict, step_after
from notify.domain.undelivered import Reason, reason_of

MOMENTS: Final = {moment.value: moment for moment in Moment}
CHANNELS: Final = {channel.value: channel for channel in DeliveryChannel}
_AS_IT_STANDS: Final = frozenset({Verdict.NOT_TRIED, Verdict.QUEUED})
"""Of these the first is still due, and the other waits elsewhere."""
_LETTER: Final = DeliveryChannel.LETTER.value
_log = structlog.get_logger()


class Sent(NamedTuple):
    """One claimed message and the answer to it."""

    row: Row
    about: RequestFacts
    answer: Answer
    address: str | None = None


@lru_cache(maxsize=4096)
def facts_of(about: str, contact_ref: str) -> RequestFacts:
    """Read what a request is about, with who is told; messages of one request to one contact come close together."""
    return RequestFacts.model_validate_json(about).model_copy(update={"contact_refs": (contact_ref,)})


async def record(tx: Transaction, claim_id: int, sent: Sequence[Sent], telling: Telling) -> None:
    """Record how each attempt went, and publish what is settled.

    What was settled stands, whoever says it first; a postponement counts only while the claim is held, for whoever has
    taken it over knows better.
    """
    is_held = await store.end_claim(tx, claim_id)
    steps = [(one, step_after(one.answer, _trial(one.row), tx.now)) for one in sent]
    ended = [(one, step) for one, step in steps if step.outcome]
    settled = await _settle(tx, ended)
    if is_held:
        await store.postpone(tx, [_postponement(one.row, step) for one, step in steps if _is_put_off(one, step)])
        await _queue(tx, [one for one, step in steps if step.outcome is None and one.answer.paper])
    told_otherwise = await _note(tx, settled, telling)
    await _park(tx, ended, {one.row["intent_id"] for one in settled} - told_otherwise)
    if ended:
        _log.info("messages settled", **Counter(str(step.outcome) for _, step in ended))


async def conclude(tx: Transaction, sent: Sequence[Sent]) -> list[Sent]:
    """Settle what was delivered outside the deliverer, and publish it; gives what was still open."""
    return await _settle(tx, [(one, step_after(one.answer, _trial(one.row), tx.now)) for one in sent])


async def _settle(tx: Transaction, ended: Sequence[tuple[Sent, Step]]) -> list[Sent]:
    numbers = await store.settle(tx, [_ending(one.row, step) for one, step in ended])
    for one, step in ended:
        if one.row["intent_id"] in numbers:
            _publish(tx, one, step, numbers[one.row["intent_id"]])
    return [one for one, _ in ended if one.row["intent_id"] in numbers]


async def _queue(tx: Transaction, letters: Sequence[Sent]) -> None:
    """Let letters wait for the print room: only while the claim is held, for else somebody may have posted them."""
    if letters:
        detail = letters[0].answer.detail or ""
        await store.queue_letters(tx, [_printed(one, tx.now) for one in letters], tx.now + WAITS, detail)


async def _park(tx: Transaction, ended: Sequence[tuple[Sent, Step]], alone: set[Any]) -> None:
    """Keep what was given up, and is not told by another way either, until a person has it sent again."""
    reasons = [(one, step, _reason(one, step)) for one, step in ended if one.row["intent_id"] in alone]
    if parked := [(one, step, reason) for one, step, reason in reasons if reason]:
        await store.keep_undelivered(tx, [_undelivered(one, step, reason, tx.now) for one, step, reason in parked])
        for one, _, reason in parked:
            said = "Messages that were given up, and wait for a person."
            tx.count("relay311_undelivered_total", said, channel=one.row["channel"], reason=reason.value)


def _reason(one: Sent, step: Step) -> Reason | None:
    row = one.row
    if row["channel"] is None or step.outcome is DeliveryOutcome.DELIVERED:
        return None
    return reason_of(step.outcome, MOMENTS[row["moment"]], row["made_at"], row["expires_at"], row["detail"])


def _undelivered(one: Sent, step: Step, reason: Reason, now: datetime) -> Row:
    names = ("intent_id", "request_id", "contact_ref", "channel", "moment", "transition", "at", "details")
    said = step.detail if reason is Reason.REFUSED else one.row["detail"]
    why = {"reason": reason.value, "detail": said, "attempts": step.attempts, "parked_at": now}
    return {**{name: one.row[name] for name in names}, **why}


async def _note(tx: Transaction, settled: Sequence[Sent], telling: Telling) -> set[Any]:
    """Keep what follows from single answers: addresses that are dead, parts of texts, letters that are old news.

    Gives the messages that are told by another way.
    """
    otherwise: set[Any] = set()
    if dead := [one for one in settled if one.answer.gone and one.address]:
        await store.flag(tx, [_flag(one) for one in dead])
        otherwise = await _tell_otherwise(tx, dead, telling)
    if parts := {one.row["intent_id"]: one for one in settled if one.answer.parts}:
        await store.note_texts(tx, [(one.row["contact_ref"], one.answer.parts) for one in parts.values()])
    if letters := [one.row["intent_id"] for one in settled if one.row["channel"] == _LETTER]:
        await store.drop_letters(tx, letters)
    return otherwise


async def _tell_otherwise(tx: Transaction, dead: Sequence[Sent], telling: Telling) -> set[Any]:
    """Intend what a dead address has not taken by the ways that are left; what goes by one of them already stays."""
    reaches = await store.reaches_of(tx, {one.row["contact_ref"] for one in dead})
    open_ones = [(_intended(one.row), reaches.get(one.row["contact_ref"])) for one in dead]
    told = {intent.intent_id: address(telling, intent, reach, tx.now) for intent, reach in open_ones if reach}
    await store.save_intents(tx, [intent for intents in told.values() for intent in intents])
    return {key for key, intents in told.items() if intents}


def _intended(row: Row) -> Intent:
    given = {name: row[name] for name in Intent._fields}
    return Intent(**{**given, "details": orjson.loads(row["details"])})


def _flag(one: Sent) -> tuple[str, str]:
    return one.row["contact_ref"], flag_of(one.row["channel"], one.address or "")


def _printed(one: Sent, now: datetime) -> Row:
    names = ("intent_id", "request_id", "contact_ref")
    held = {"made_at": now, "content": one.answer.paper, "batch_id": None, "claimed_until": None}
    return {**{name: one.row[name] for name in names}, **held}


def _is_put_off(one: Sent, step: Step) -> bool:
    return step.outcome is None and one.answer.verdict not in _AS_IT_STANDS


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
        moment=MOMENTS[row["moment"]],
        contact_ref=row["contact_ref"],
        channel=CHANNELS.get(row["channel"], DeliveryChannel.EMAIL),
        transition=row["transition"],
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


def _trial(row: Row) -> Trial:
    return Trial(row["attempts"], row["made_at"], row["expires_at"])
