"""Taking answers, once for each invitation; "not done" in time disputes the closing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, invalid, not_found
from chassis.ids import derived_id, derived_uuid
from chassis.records import Cause, Command, Received
from chassis.transaction import Transaction
from contracts.city import City
from contracts.event import RequestFacts
from contracts.intake import SurveyReplied
from contracts.survey import FeedbackKind, FeedbackRecorded, Stage, SurveyAnswered
from contracts.vocabulary import Channel
from survey import store
from survey.domain.answers import Answers, GivenAnswers, is_dispute, read_answers
from survey.domain.following_up import called_for
from survey.domain.invitation import State, closed_door
from survey.domain.questions import COMMENT, MEASURES, questions_for
from survey.handlers import following_up
from survey.handlers.feedback import feedback_row
from survey.handlers.sharing import plan_sharing


@dataclass(slots=True)
class _Answering:
    """The answers of one transaction, counted per request."""

    city: City
    invitations: dict[UUID, store.Row]
    answered: dict[UUID, int] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    follow_ups: list[dict[str, Any]] = field(default_factory=list)
    praise: list[dict[str, Any]] = field(default_factory=list)


async def take_answers(
    tx: Transaction, commands: Sequence[Command[GivenAnswers]], city: City
) -> Sequence[Reply | Problem]:
    """Take each person's answer once; "not done" in time disputes the closing."""
    answering = await _open(tx, [command.payload.invitation_id for command in commands], city)
    replies = [_take(tx, command.payload, command, answering) for command in commands]
    await _save(tx, answering, commands[0])
    for command, reply in zip(commands, replies, strict=True):
        if command.principal.role != "contact" and isinstance(reply, Reply):
            tx.audit(command.principal, "survey.answer_for", str(command.payload.invitation_id), {})
    return replies


async def hear_replies(tx: Transaction, received: Sequence[Received[SurveyReplied]], city: City) -> None:
    """Take answers by text and by keys as those by link; what cannot be taken any more changes nothing."""
    answering = await _open(tx, [r.event.invitation_id for r in received], city)
    for r in received:
        given = GivenAnswers(r.event.invitation_id, _asked_for(r.event, answering), r.event.via)
        _take(tx, given, r, answering)
    await _save(tx, answering, received[0])


def _asked_for(event: SurveyReplied, answering: _Answering) -> Mapping[str, Any]:
    """Leave out what this invitation did not ask: whoever pressed a key for it cannot be told so any more."""
    row = answering.invitations.get(event.invitation_id)
    asked = row["questions"].split() if row else []
    return {code: said for code, said in event.answers.items() if not asked or code in asked}


async def _open(tx: Transaction, invitation_ids: Sequence[UUID], city: City) -> _Answering:
    found = await store.lock_requests(tx, invitation_ids)
    answering = _Answering(city, {row["invitation_id"]: row for row in found})
    for row in found:
        count = answering.answered.get(row["request_id"], 0)
        answering.answered[row["request_id"]] = count + (row["state"] == State.ANSWERED)
    return answering


async def _save(tx: Transaction, answering: _Answering, because: Cause) -> None:
    agencies = (answering.invitations[row["invitation_id"]]["agency"] for row in answering.rows)
    plan_sharing(tx, filter(None, agencies), because, answering.city)
    await store.add_answers(tx, answering.rows)
    await store.set_state(tx, [row["invitation_id"] for row in answering.rows], State.ANSWERED)
    if answering.follow_ups:
        await store.add_follow_ups(tx, answering.follow_ups)
    if answering.praise:
        await store.add_feedback(tx, answering.praise)


def _take(
    tx: Transaction, given: GivenAnswers, because: Command[Any] | Received[Any], answering: _Answering
) -> Reply | Problem:
    row = answering.invitations.get(given.invitation_id)
    if row is None:
        return not_found("survey")
    shut = closed_door(State(row["state"]), because.now, row["expires_at"])
    if shut is not None:
        return Problem(410, "This survey is not open", f"It is {shut}.")
    about, survey = RequestFacts.model_validate(row["about"]), answering.city.survey
    answers, errors = read_answers(questions_for(survey, about.channel, row["questions"]), given.answers)
    if errors:
        return invalid(errors)
    event = _answered(row, about, answers, because.now, given.via, answering)
    tx.publish(event, because=because)
    _follow_up(tx, row, event, because, answering)
    return Reply(201, {"disputed": event.disputed, "thanks": survey.thanks.say(about.language)})


def _answered(
    row: store.Row, about: RequestFacts, answers: Answers, now: datetime, via: Channel, answering: _Answering
) -> SurveyAnswered:
    """Note an answer and return what is published of it: everything but words."""
    request_id, comment = row["request_id"], answers.get(COMMENT) or None
    answering.answered[request_id] += 1
    answering.invitations[row["invitation_id"]] = {**row, "state": State.ANSWERED}
    published: dict[str, Any] = {measure: answers.get(code) for code, measure in MEASURES.items()}
    published["disputed"] = is_dispute(answers, now, row["dispute_until"])
    published["comment_ref"] = derived_id("survey comment", row["invitation_id"]) if comment else None
    answering.rows.append(
        {
            **published,
            "invitation_id": row["invitation_id"],
            "answered_at": now,
            "via": via.value,
            "other": {code: value for code, value in answers.items() if code not in {*MEASURES, COMMENT}},
            "comment": comment,
        }
    )
    return SurveyAnswered(
        request_id=request_id,
        sequence=answering.answered[request_id],
        about=about,
        invitation_id=row["invitation_id"],
        closure_id=row["closure_id"],
        contact_ref=row["contact_ref"],
        via=via,
        **published,
    )


def _follow_up(
    tx: Transaction,
    row: store.Row,
    event: SurveyAnswered,
    because: Command[Any] | Received[Any],
    answering: _Answering,
) -> None:
    """Open what an answer calls for, and pass words of praise on to the crew."""
    city, rules = answering.city, answering.city.survey.follow_ups
    facts = {**row, "tracking_number": event.about.tracking_number}
    rated = event.model_dump(include={"work_rating", "handling_rating", "agent_rating", "done", "disputed"})
    for called in called_for(rated, rules, row["agency"], city.profile.operator_agency):
        new = following_up.opened(called, facts, because.now, city)
        following_up.tell(tx, new, because, city)
        answering.follow_ups.append(new)
    if event.comment_ref and (event.work_rating or 0) >= rules.praise_from and event.done is not False:
        praise = FeedbackRecorded(
            feedback_id=derived_uuid("praise", event.invitation_id),
            kind=FeedbackKind.PRAISE,
            agency=row["agency"] or city.profile.operator_agency,
            crew=row["crew"] or None,
            service_code=row["service_code"],
            tracking_number=event.about.tracking_number,
            request_id=event.request_id,
            rating=event.work_rating,
            via=event.via,
            language=event.about.language,
            stage=Stage.CLOSURE,
            comment_ref=event.comment_ref,
        )
        tx.publish(praise, because=because)
        answering.praise.append(feedback_row(praise, because.now))
