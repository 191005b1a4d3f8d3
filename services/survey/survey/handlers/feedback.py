"""Feedback that nobody had asked for: taken from anybody, masked for all but staff, answered by whose matter it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, forbidden, invalid, not_found
from chassis.ids import derived_id, derived_uuid
from chassis.links import sign
from chassis.masking import mask
from chassis.principals import Principal, allow, may
from chassis.records import Command, Received
from chassis.transaction import Reads, Transaction
from contracts.city import City
from contracts.survey import FeedbackKind, FeedbackRecorded, FollowUpKind
from survey import store
from survey.domain.feedback import StrangeLinkError, Told, author_of, number_of, problems_of, stage_of, whose
from survey.domain.following_up import Called
from survey.domain.policy import POLICY
from survey.handlers import following_up
from survey.handlers.sharing import plan_sharing

PURPOSE = "feedback"
_TO_ITS_AUTHOR = ("feedback_id", "recorded_at", "kind", "category", "agency", "reply", "replied_at")


@dataclass(frozen=True, slots=True)
class Answered:
    """What an agency answers to feedback."""

    feedback_id: UUID
    text: str


async def take_feedback(
    tx: Transaction, commands: Sequence[Command[Told]], city: City, link_key: str
) -> Sequence[Reply | Problem]:
    """Take what people say; a complaint is looked after with a time of its own, other words are answered."""
    return [await _take(tx, command, city, link_key) for command in commands]


async def _take(tx: Transaction, command: Command[Told], city: City, link_key: str) -> Reply | Problem:
    told = command.payload
    if errors := problems_of(told, city):
        return invalid(errors)
    invited = await store.invitation(tx, told.invitation_id) if told.invitation_id else None
    closing = await store.last_closing(tx, told.tracking_number) if told.tracking_number else invited
    try:
        contact_ref = author_of(told, invited, closing, link_key)
    except StrangeLinkError as error:
        return invalid([{"field": "token", "problem": str(error)}])
    event = _recorded(command, city, closing or {})
    tx.publish(event, because=command)
    plan_sharing(tx, [event.agency], command, city)
    await store.add_feedback(tx, [feedback_row(event, command.now)], [_words(event, told, contact_ref)])
    if told.kind is not FeedbackKind.PRAISE:
        complains = told.kind is FeedbackKind.COMPLAINT
        kind = FollowUpKind.COMPLAINT if complains else FollowUpKind.REPLY
        called = Called(kind, event.agency, told.category or told.kind.value)
        about = event.model_dump() | {"closure_id": (closing or {}).get("closure_id")}
        row = following_up.opened(called, about, command.now, city)
        following_up.tell(tx, row, command, city)
        await store.add_follow_ups(tx, [row])
    named = str(event.feedback_id)
    return Reply(201, {"feedback_id": named, "token": sign(link_key, PURPOSE, named), "agency": event.agency})


def _recorded(command: Command[Told], city: City, closing: Mapping[str, Any]) -> FeedbackRecorded:
    told, feedback_id = command.payload, derived_uuid("feedback", command.id)
    languages = city.profile.languages
    return FeedbackRecorded(
        feedback_id=feedback_id,
        kind=told.kind,
        category=told.category if told.kind is FeedbackKind.COMPLAINT else None,
        agency=whose(told, city, closing.get("agency")),
        crew=mask(told.crew) if told.crew else closing.get("crew") or None,
        service_code=told.service_code or closing.get("service_code"),
        tracking_number=number_of(told, closing),
        request_id=closing.get("request_id"),
        rating=told.rating,
        via=told.via,
        language=told.language if told.language in languages else languages[0],
        comment_ref=derived_id("feedback words", feedback_id),
        stage=stage_of(told, closing),
    )


def feedback_row(event: FeedbackRecorded, at: datetime) -> dict[str, Any]:
    """Write down feedback as it was published."""
    return {**event.model_dump(), "kind": event.kind.value, "via": event.via.value, "recorded_at": at}


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """Show feedback with the public copy of its words; praise in an answer to a survey has its words there."""
    comment = row["comment"]
    words = mask(comment) if comment else row["public_words"]
    return {**{name: value for name, value in row.items() if name != "comment"}, "public_words": words}


def _words(event: FeedbackRecorded, told: Told, contact_ref: str | None) -> dict[str, Any]:
    words = told.text.strip()
    kept = {"feedback_id": event.feedback_id, "contact_ref": contact_ref, "reply": None, "replied_at": None}
    return kept | {"words": words, "public_words": mask(words)}


async def answer_feedback(tx: Transaction, commands: Sequence[Command[Answered]]) -> Sequence[Reply | Problem]:
    """Keep what the agency whose matter it is answers; whoever has the link reads it."""
    return [await _answer(tx, command) for command in commands]


async def _answer(tx: Transaction, command: Command[Answered]) -> Reply | Problem:
    row = await store.one_feedback(tx, command.payload.feedback_id)
    if row is None:
        return not_found("feedback")
    if not may(POLICY, command.principal, "feedback.answer", agency=row["agency"]):
        return forbidden("feedback.answer", command.principal.role)
    await store.reply(tx, command.payload.feedback_id, mask(command.payload.text), command.now)
    tx.audit(command.principal, "feedback.answer", str(command.payload.feedback_id), {})
    return Reply(200, {"feedback_id": str(command.payload.feedback_id)})


async def read_feedback(tx: Transaction, feedback_id: UUID, caller: Principal) -> Mapping[str, Any]:
    """Show feedback with its own words to staff; every reading is noted. Raises a 403 or a 404 problem."""
    allow(POLICY, caller, "comment.read")
    row = await store.one_feedback(tx, feedback_id)
    if row is None:
        raise not_found("feedback")
    tx.audit(caller, "feedback.read", str(feedback_id), {})
    return row


async def show_its_author(reads: Reads, feedback_id: UUID) -> dict[str, Any]:
    """Show what became of feedback to whoever has its link. Raises a 404 problem."""
    row = await store.one_feedback(reads, feedback_id)
    if row is None:
        raise not_found("feedback")
    return {name: row[name] for name in _TO_ITS_AUTHOR}


async def restore_feedback(tx: Transaction, received: Sequence[Received[FeedbackRecorded]]) -> None:
    """Note feedback as it was published; its words stay where they are."""
    rows = {r.event.feedback_id: feedback_row(r.event, r.at) for r in received}
    await store.add_feedback(tx, list(rows.values()))
