"""Taking answers, once for each invitation; "not done" in time disputes the closing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, invalid, not_found
from chassis.ids import derived_id
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.city import City
from contracts.event import RequestFacts
from contracts.survey import SurveyAnswered
from survey import store
from survey.domain.answers import Answers, GivenAnswers, is_dispute, read_answers
from survey.domain.invitation import State, closed_door
from survey.domain.questions import COMMENT, MEASURES, questions_for


@dataclass(slots=True)
class _Answering:
    """The answers of one transaction, counted per request."""

    city: City
    invitations: dict[UUID, store.Row]
    answered: dict[UUID, int] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)


async def take_answers(
    tx: Transaction, commands: Sequence[Command[GivenAnswers]], city: City
) -> Sequence[Reply | Problem]:
    """Take each person's answer once; "not done" in time disputes the closing."""
    found = await store.lock_requests(tx, [command.payload.invitation_id for command in commands])
    answering = _Answering(city, {row["invitation_id"]: row for row in found})
    for row in found:
        count = answering.answered.get(row["request_id"], 0)
        answering.answered[row["request_id"]] = count + (row["state"] == State.ANSWERED)
    replies = [_take(tx, command, answering) for command in commands]
    await store.add_answers(tx, answering.rows)
    await store.set_state(tx, [row["invitation_id"] for row in answering.rows], State.ANSWERED)
    return replies


def _take(tx: Transaction, command: Command[GivenAnswers], answering: _Answering) -> Reply | Problem:
    row = answering.invitations.get(command.payload.invitation_id)
    if row is None:
        return not_found("survey")
    shut = closed_door(State(row["state"]), command.now, row["expires_at"])
    if shut is not None:
        return Problem(410, "This survey is not open", f"It is {shut}.")
    about, survey = RequestFacts.model_validate(row["about"]), answering.city.survey
    answers, errors = read_answers(questions_for(survey, about.channel), command.payload.answers)
    if errors:
        return invalid(errors)
    event = _answered(row, about, answers, command, answering)
    tx.publish(event, because=command)
    return Reply(201, {"disputed": event.disputed, "thanks": survey.thanks.say(about.language)})


def _answered(
    row: store.Row, about: RequestFacts, answers: Answers, command: Command[GivenAnswers], answering: _Answering
) -> SurveyAnswered:
    """Note an answer and return what is published of it: everything but words."""
    request_id, comment = row["request_id"], answers.get(COMMENT) or None
    answering.answered[request_id] += 1
    answering.invitations[row["invitation_id"]] = {**row, "state": State.ANSWERED}
    published: dict[str, Any] = {measure: answers.get(code) for code, measure in MEASURES.items()}
    published["disputed"] = is_dispute(answers, command.now, row["dispute_until"])
    published["comment_ref"] = derived_id("survey comment", row["invitation_id"]) if comment else None
    answering.rows.append(
        {
            **published,
            "invitation_id": row["invitation_id"],
            "answered_at": command.now,
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
        **published,
    )
