"""What survey does when something happens: load facts, decide, save and publish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, invalid, not_found
from chassis.ids import derived_id
from chassis.principals import Principal, allow
from chassis.rebuilding import Derived
from chassis.records import Command, Due, Received
from chassis.transaction import Transaction
from contracts.city import City
from contracts.event import RequestFacts
from contracts.intake import RequestClosed, RequestReopened
from contracts.survey import SurveyAnswered, SurveyInvited
from survey import store
from survey.domain.answers import Answers, GivenAnswers, is_dispute, read_answers
from survey.domain.invitation import (
    Invitation,
    State,
    as_invited,
    closed_door,
    invitations,
    reopen_count_of,
    terms_of,
)
from survey.domain.policy import POLICY
from survey.domain.questions import COMMENT, MEASURES, questions_for

INVITE: Final = "survey.invite"


async def ask_about_closings(tx: Transaction, received: Sequence[Received[RequestClosed]], city: City) -> None:
    """Invite everyone who follows a closed request to say how it went: now, or once the service's delay has passed."""
    asked = [(r, _invitations(r, city)) for r in received]
    asked = [(r, found) for r, found in asked if found]
    if not asked:
        return
    reopened = await store.reopen_counts(tx, [r.event.request_id for r, _ in asked])
    known = await store.closings_asked_about(tx, [r.event.closure_id for r, _ in asked])
    rows = []
    for r, found in asked:
        if r.event.closure_id not in known:
            is_over = reopened.get(r.event.request_id, 0) > r.event.reopen_count
            rows += _withdrawn(r, found) if is_over else _ask(tx, r, found)
    await store.add_invitations(tx, rows)


def _invitations(r: Received[RequestClosed], city: City) -> list[Invitation]:
    return invitations(r.event, terms_of(city, r.event.about.service_code), event_clock=r.event_clock)


def _withdrawn(r: Received[RequestClosed], found: Sequence[Invitation]) -> list[dict[str, Any]]:
    """Note whom a closing would have asked whose reopening was heard of first, as if it had come in its order."""
    return [_row(r.event, one, State.WITHDRAWN) for one in found]


def _ask(tx: Transaction, r: Received[RequestClosed], found: Sequence[Invitation]) -> list[dict[str, Any]]:
    at_once = not tx.rebuilding and (r.event_clock or found[0].ask_at <= r.now)  # what was sent is on the log
    if not at_once:
        tx.schedule(INVITE, str(r.event.closure_id), found[0].ask_at, {}, because=r)
    rows = [_row(r.event, one, State.SENT if at_once else State.WAITING) for one in found]
    for row in rows if at_once else ():
        tx.publish(_invited(row, r.event.about), because=r)
    return rows


def _row(event: RequestClosed, one: Invitation, state: State) -> dict[str, Any]:
    return {
        **one._asdict(),
        "request_id": event.request_id,
        "closure_id": event.closure_id,
        "reopen_count": event.reopen_count,
        "state": state.value,
        "service_code": event.about.service_code,
        "agency": event.agencies[0] if event.agencies else "",
        "about": event.about.model_dump(mode="json"),
    }


def _invited(row: store.Row, about: RequestFacts) -> SurveyInvited:
    return SurveyInvited(
        request_id=row["request_id"],
        sequence=row["sequence"],
        about=about,
        invitation_id=row["invitation_id"],
        closure_id=row["closure_id"],
        contact_ref=row["contact_ref"],
    )


async def send_invitations(tx: Transaction, due: Sequence[Due]) -> None:
    """Send what was waiting for its time, unless the request was reopened meanwhile."""
    causes = {UUID(d.key): d for d in due}
    rows = await store.waiting_invitations(tx, list(causes))
    reopened = await store.reopen_counts(tx, [row["request_id"] for row in rows])
    rows = [row for row in rows if reopened.get(row["request_id"], 0) <= row["reopen_count"]]
    for row in rows:
        about = RequestFacts.model_validate(row["about"])
        tx.publish(_invited(row, about), because=causes[row["closure_id"]])
    await store.set_state(tx, [row["invitation_id"] for row in rows], State.SENT)


async def withdraw_invitations(tx: Transaction, received: Sequence[Received[RequestReopened]]) -> None:
    """Ask no more about a closing that was disputed; the next one is asked about again."""
    counts: dict[UUID, int] = {}
    for r in received:
        counts[r.event.request_id] = max(counts.get(r.event.request_id, 0), r.event.reopen_count)
    closures = [r.event.closure_id for r in received]
    await store.keep_reopenings(tx, counts)
    await store.withdraw(tx, closures)
    await tx.cancel(INVITE, [str(closure_id) for closure_id in closures])


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


async def read_comment(tx: Transaction, comment_ref: str, caller: Principal) -> Mapping[str, Any]:
    """Show a resident's own words to staff; every reading is noted. No command: what a command answers is kept.

    Raises a 403 problem for who may not, a 404 problem where there is no such comment.
    """
    allow(POLICY, caller, "comment.read")
    row = (await store.comment(tx, [comment_ref])).get(comment_ref)
    if row is None:
        raise not_found("comment")
    tx.audit(caller, "comment.read", comment_ref, {"request_id": str(row["request_id"])})
    return {**row, "request_id": str(row["request_id"]), "answered_at": row["answered_at"].isoformat()}


# --- restoring what was decided from what was published --------------------------------------------------------------

TABLES: Final = {
    "invitation": Derived(),
    "reopening": Derived(),
    "answer": Derived(
        emptied=False,
        without={"comment": "a resident's own words never travel", "other": "only the common measures are published"},
    ),
}
"""What becomes of each table in a rebuild."""


async def restore_invitations(tx: Transaction, received: Sequence[Received[SurveyInvited]], city: City) -> None:
    """Note what was sent; an invitation that today's rules would not have made is made by them as well as can be."""
    known = await store.known_invitations(tx, [r.event.invitation_id for r in received])
    unknown = {r.event.invitation_id: r for r in received if r.event.invitation_id not in known}
    await store.add_invitations(tx, [_as_invited(r, city) for r in unknown.values()])
    await store.set_sent(tx, [r.event.invitation_id for r in received])
    await tx.cancel(INVITE, [str(r.event.closure_id) for r in received])


def _as_invited(r: Received[SurveyInvited], city: City) -> dict[str, Any]:
    event = r.event
    return {
        **as_invited(event, r.at, terms_of(city, event.about.service_code))._asdict(),
        "request_id": event.request_id,
        "closure_id": event.closure_id,
        "reopen_count": reopen_count_of(event.sequence),
        "state": State.SENT.value,
        "service_code": event.about.service_code,
        "agency": "",
        "about": event.about.model_dump(mode="json"),
    }


async def restore_answers(tx: Transaction, received: Sequence[Received[SurveyAnswered]]) -> None:
    """Note what was answered; comments stay where they are."""
    rows = {r.event.invitation_id: _as_answered(r) for r in received}
    await tx.insert(store.AnswerRow, list(rows.values()), ignore=("invitation_id",))
    await store.set_state(tx, list(rows), State.ANSWERED)


def _as_answered(r: Received[SurveyAnswered]) -> dict[str, Any]:
    published = {name: getattr(r.event, name) for name in (*MEASURES.values(), "disputed", "comment_ref")}
    return {**published, "invitation_id": r.event.invitation_id, "answered_at": r.at, "other": {}, "comment": None}
