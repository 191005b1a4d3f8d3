"""Low ratings and complaints: opened for somebody, taken, settled, and handed up when nobody did in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, forbidden, invalid, not_found
from chassis.ids import derived_id, derived_uuid
from chassis.principals import may
from chassis.records import Cause, Command, Due, Received
from chassis.transaction import Transaction
from contracts.city import City, FeedbackTerms
from contracts.survey import FollowUpChanged, FollowUpKind, FollowUpState
from survey import store
from survey.domain.following_up import (
    Called,
    Rung,
    chain_of,
    first_look,
    hours_for,
    may_become,
    next_look,
    reminders_of_last,
    who_has_it,
)
from survey.domain.policy import POLICY
from survey.domain.sharing import sharing_of
from survey.domain.wording import what_is_due

LATE: Final = "survey.follow_up"
ABOUT: Final = ("service_code", "tracking_number", "request_id", "closure_id", "invitation_id", "feedback_id")


@dataclass(frozen=True, slots=True)
class Step:
    """What staff do with a follow-up: take it, note something, or settle it by an outcome of the city's."""

    follow_up_id: UUID
    state: FollowUpState | None = None
    outcome: str | None = None
    note: str | None = None


def opened(called: Called, about: Mapping[str, Any], at: datetime, city: City) -> dict[str, Any]:
    """Make a follow-up of what an answer or a complaint calls for."""
    named = about.get("invitation_id") or about.get("feedback_id") or called.reason
    service_code: str | None = about.get("service_code")
    known = {"agency": called.agency, "kind": called.kind, "service_code": service_code, "opened_at": at}
    terms = _terms(city, called.agency, service_code, at)
    return {
        "follow_up_id": derived_uuid("follow-up", named, called.agency, called.kind),
        "version": 1,
        "kind": called.kind.value,
        "state": FollowUpState.OPEN.value,
        "agency": called.agency,
        "role": who_has_it(_chain(city, known), 0).role,
        "level": 0,
        "opened_at": at,
        "due_at": at + timedelta(hours=hours_for(called.kind, city.survey.follow_ups, terms)),
        **{name: about.get(name) for name in ABOUT},
        "reason": called.reason,
        "outcome": None,
    }


def _terms(city: City, agency: str, service_code: str | None, opened_at: datetime) -> FeedbackTerms | None:
    """Find what was agreed on with the agency when it was opened."""
    found = city.agreement(agency, service_code or "", opened_at.date())
    return found.feedback if found else None


def _chain(city: City, row: Mapping[str, Any]) -> list[Rung]:
    """Return who has a follow-up, one after the other; results are assessed first by whom they are shared with."""
    if row["kind"] == FollowUpKind.ASSESSMENT:
        return chain_of(city, row["agency"], sharing_of(city, row["agency"], row["opened_at"].date()).role)
    terms = _terms(city, row["agency"], row["service_code"], row["opened_at"])
    return chain_of(city, row["agency"], terms.answered_by if terms else None)


def tell(
    tx: Transaction,
    row: Mapping[str, Any],
    because: Cause,
    city: City,
    reminder: int = 0,
    contact_ref: str | None = None,
) -> None:
    """Publish a follow-up as it stands, in words for who has it, and plan the first look at whether it is settled."""
    event = FollowUpChanged(
        **row,
        title=dict(who_has_it(_chain(city, row), row["level"]).title),
        what=what_is_due(city, FollowUpKind(row["kind"]), row["reason"]),
        overdue=row["state"] != FollowUpState.SETTLED and because.now >= row["due_at"],
        reminder=reminder,
        contact_ref=contact_ref,
    )
    tx.publish(event, because=because)
    if event.version == 1:
        tx.schedule(LATE, str(event.follow_up_id), _first_look(event, because.now, city), {}, because=because)


def _first_look(event: FollowUpChanged, now: datetime, city: City) -> datetime:
    return first_look(event.opened_at, event.due_at, now, city.survey.follow_ups.remind_hours)


async def take_steps(tx: Transaction, commands: Sequence[Command[Step]], city: City) -> Sequence[Reply | Problem]:
    """Do what staff do; an agency with its own alone."""
    rows = await store.lock_follow_ups(tx, [command.payload.follow_up_id for command in commands])
    known = {key: dict(row) for key, row in rows.items()}
    answers = [await _step(tx, command, known, city) for command in commands]
    await store.add_follow_ups(tx, [row for key, row in known.items() if row != rows[key]])
    return answers


async def _step(
    tx: Transaction, command: Command[Step], known: dict[UUID, dict[str, Any]], city: City
) -> Reply | Problem:
    step, row = command.payload, known.get(command.payload.follow_up_id)
    if row is None:
        return not_found("follow-up")
    if not may(POLICY, command.principal, "follow_up.change", agency=row["agency"]):
        return forbidden("follow_up.change", command.principal.role)
    problem = _problem(step, row, city)
    if problem is not None:
        return problem
    if step.note:
        by = command.principal.agency or command.principal.role
        named = {"note_id": derived_id("note", command.id), "follow_up_id": step.follow_up_id}
        await store.note_follow_up(tx, {**named, "at": command.now, "by": by, "note": step.note})
    if step.state is not None:
        row |= {"state": step.state.value, "outcome": step.outcome, "version": row["version"] + 1}
        tell(tx, row, command, city, contact_ref=await _author(tx, row))
        tx.audit(command.principal, f"follow_up.{step.state.value}", str(step.follow_up_id), {"outcome": step.outcome})
        if step.state is FollowUpState.SETTLED:
            await tx.cancel(LATE, [str(step.follow_up_id)])
    return Reply(200, {"follow_up_id": str(step.follow_up_id), "state": row["state"]})


async def _author(tx: Transaction, row: Mapping[str, Any]) -> str | None:
    """Name who told the city so unasked, once it is settled: they are told how it ended."""
    if row["state"] != FollowUpState.SETTLED or row["feedback_id"] is None:
        return None
    said = await store.one_feedback(tx, row["feedback_id"])
    return said["contact_ref"] if said else None


def _problem(step: Step, row: Mapping[str, Any], city: City) -> Problem | None:
    if step.state is None and not step.note:
        return invalid([{"field": "state", "problem": "is missing; send a state, a note or both"}])
    if step.state is None:
        return None
    if not may_become(FollowUpState(row["state"]), step.state):
        return conflict("This follow-up is settled; what comes after it is a new one.")
    outcomes = city.survey.follow_ups.outcomes
    if step.state is FollowUpState.SETTLED and outcomes and step.outcome not in outcomes:
        return invalid([{"field": "outcome", "problem": f"must be one of {', '.join(sorted(outcomes))}"}])
    return None


async def hand_up(tx: Transaction, due: Sequence[Due], city: City) -> None:
    """Remind who has it before it is due; what nobody settled in time goes up the agency's chain for complaints."""
    rows = await store.lock_follow_ups(tx, [UUID(one.key) for one in due])
    late = [(one, row) for one in due if (row := rows.get(UUID(one.key))) and row["state"] != FollowUpState.SETTLED]
    await store.add_follow_ups(tx, [_press(tx, row, one, city) for one, row in late])


def _press(tx: Transaction, row: store.Row, because: Due, city: City) -> dict[str, Any]:
    """Tell who has it, or the next one who has it from now on, and plan when to look again."""
    new = {**row, "version": row["version"] + 1}
    if because.now < row["due_at"]:
        again, reminder = row["due_at"], 1
    else:
        chain, level = _chain(city, row), row["level"] + 1
        new |= {"level": level, "role": who_has_it(chain, level).role}
        again, reminder = next_look(chain, row["due_at"], level, because.now), reminders_of_last(chain, level)
    tell(tx, new, because, city, reminder)
    tx.schedule(LATE, because.key, again, {}, because=because)
    return new


async def restore_follow_ups(tx: Transaction, received: Sequence[Received[FollowUpChanged]], city: City) -> None:
    """Note follow-ups as they were published, and look again where that is due."""
    newest = {r.event.follow_up_id: r for r in sorted(received, key=lambda r: r.event.version)}
    await store.add_follow_ups(tx, [_as_told(r.event) for r in newest.values()])
    await tx.cancel(LATE, [str(key) for key in newest])
    for key, r in newest.items():
        event = r.event
        if event.state is not FollowUpState.SETTLED:
            late = next_look(_chain(city, event.model_dump()), event.due_at, event.level, r.at)
            again = late if event.level else _first_look(event, r.at, city)
            tx.schedule(LATE, str(key), again, {}, because=r)


def _as_told(event: FollowUpChanged) -> dict[str, Any]:
    """Keep a follow-up without what is said anew each time."""
    row = event.model_dump(exclude={"title", "what", "overdue", "reminder", "contact_ref"})
    return row | {"kind": event.kind.value, "state": event.state.value}
