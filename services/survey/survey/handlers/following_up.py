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
from contracts.city import City
from contracts.survey import FollowUpChanged, FollowUpState
from survey import store
from survey.domain.following_up import Called, chain_of, hours_for, may_become, next_look, role_at
from survey.domain.policy import POLICY

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
    chain = chain_of(city, called.agency)
    named = about.get("invitation_id") or about.get("feedback_id")
    return {
        "follow_up_id": derived_uuid("follow-up", named, called.agency, called.kind),
        "version": 1,
        "kind": called.kind.value,
        "state": FollowUpState.OPEN.value,
        "agency": called.agency,
        "role": role_at(chain, 0),
        "level": 0,
        "opened_at": at,
        "due_at": at + timedelta(hours=hours_for(called.kind, city.survey.follow_ups)),
        **{name: about.get(name) for name in ABOUT},
        "reason": called.reason,
        "outcome": None,
    }


def tell(tx: Transaction, row: Mapping[str, Any], because: Cause) -> None:
    """Publish a follow-up as it stands, and plan the look at whether it is settled in time."""
    tx.publish(FollowUpChanged(**row), because=because)
    if row["version"] == 1:
        tx.schedule(LATE, str(row["follow_up_id"]), row["due_at"], {}, because=because)


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
        tell(tx, row, command)
        tx.audit(command.principal, f"follow_up.{step.state.value}", str(step.follow_up_id), {"outcome": step.outcome})
        if step.state is FollowUpState.SETTLED:
            await tx.cancel(LATE, [str(step.follow_up_id)])
    return Reply(200, {"follow_up_id": str(step.follow_up_id), "state": row["state"]})


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
    """Hand up what nobody settled in time, to the next role of the agency's chain for complaints."""
    rows = await store.lock_follow_ups(tx, [UUID(one.key) for one in due])
    changed = []
    for one in due:
        row = rows.get(UUID(one.key))
        if row is None or row["state"] == FollowUpState.SETTLED:
            continue
        chain = chain_of(city, row["agency"])
        level = row["level"] + 1
        new = {**row, "level": level, "role": role_at(chain, level), "version": row["version"] + 1}
        tell(tx, new, one)
        changed.append(new)
        again = next_look(chain, row["due_at"], level, one.now)
        if again is not None:
            tx.schedule(LATE, one.key, again, {}, because=one)
    await store.add_follow_ups(tx, changed)


async def restore_follow_ups(tx: Transaction, received: Sequence[Received[FollowUpChanged]], city: City) -> None:
    """Note follow-ups as they were published, and look again where that is due."""
    newest = {r.event.follow_up_id: r for r in sorted(received, key=lambda r: r.event.version)}
    await store.add_follow_ups(tx, [_as_told(r.event) for r in newest.values()])
    await tx.cancel(LATE, [str(key) for key in newest])
    for key, r in newest.items():
        event = r.event
        chain = chain_of(city, event.agency)
        again = event.due_at if event.level == 0 else next_look(chain, event.due_at, event.level, r.at)
        if event.state is not FollowUpState.SETTLED and again is not None:
            tx.schedule(LATE, str(key), again, {}, because=r)


def _as_told(event: FollowUpChanged) -> dict[str, Any]:
    return event.model_dump() | {"kind": event.kind.value, "state": event.state.value}
