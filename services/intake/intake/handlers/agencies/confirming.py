"""Closings in bulk: held until a second person says that they are meant, or that they are not."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, forbidden, not_found
from chassis.principals import Principal, may
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.agencies import AgencyReport
from intake import store
from intake.domain.agencies.bulk import group_id, read_group
from intake.domain.agencies.standing import open_to
from intake.domain.life.closing import Refusal
from intake.domain.masking import mask
from intake.domain.policy import POLICY
from intake.handlers.agencies.hearing import Hearing, Told
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, Why

AT_ONCE: Final = 500
"""How many closings one decision settles; the rest are left for the next."""


@dataclass(frozen=True, slots=True)
class Confirming:
    """A decision about a group of held closings."""

    group: str
    confirm: bool
    reason: str


async def list_held(reads: Reads, agency: str | None, limit: int) -> list[Facts]:
    """List what waits for a second person, those alike together."""
    return [
        {
            "group": group_id(row["agency"], row["sameness"]),
            "agency": row["agency"],
            "count": row["n"],
            "since": row["since"],
            "doors": row["doors"],
            "said_by": row["said_by"],
            "disposition": row["body"]["disposition"],
            "explanation": row["body"]["explanation"],
            "evidence": row["body"]["evidence"],
            "requests": row["requests"],
        }
        for row in await store.endings.held_groups(reads, agency, limit)
    ]


async def confirm_closings(
    tx: Transaction, commands: Sequence[Command[Confirming]], desk: Desk
) -> list[Reply | Problem]:
    """Let held closings hold, or refuse them to their agency; audited."""
    return [await _decide(tx, command, desk) for command in commands]


async def _decide(tx: Transaction, command: Command[Confirming], desk: Desk) -> Reply | Problem:
    group = read_group(command.payload.group)
    rows = await store.endings.lock_held(tx, *group, AT_ONCE) if group else []
    if not rows:
        return not_found("group of held closings")
    problem = _not_second(command.principal, rows)
    if problem:
        return problem
    states = await _settle(tx, command, rows, desk)
    decided = {"decided_by": command.principal.subject, "decided_at": command.now}
    done: list[dict[str, Any]] = [{"assignment_id": name, "state": state, **decided} for name, state in states.items()]
    await tx.update(store.endings.HeldClosing, done, ("assignment_id",))
    counts = Counter(states.values())
    tx.audit(command.principal, "closing.confirm", command.payload.group, dict(counts))
    return Reply(200, {"group": command.payload.group, **counts, "more": len(rows) == AT_ONCE})


def _not_second(principal: Principal, rows: Sequence[Row]) -> Problem | None:
    if not may(POLICY, principal, "closing.confirm", agency=rows[0]["agency"]):
        return forbidden("closing.confirm", principal.role)
    if principal.role == "agency" and principal.subject in {row["said_by"] for row in rows}:
        return conflict("You reported some of these closings yourself; somebody else has to confirm them.")
    return None


async def _settle(tx: Transaction, command: Command[Confirming], rows: Sequence[Row], desk: Desk) -> dict[UUID, str]:
    cases = await Cases.load(tx, [row["request_id"] for row in rows])
    second = command.principal
    by = f"agency:{second.agency}" if second.role == "agency" else second.role
    told = [_told(row, by) for row in rows]
    hearing = await Hearing.open(tx, cases, told, desk)
    why, states = Why(command, command.now), {}
    declined = f"A second person looked and declined: {mask(command.payload.reason)}"
    for one in told:
        if command.payload.confirm:
            states[one.report.assignment_id] = "void" if hearing.hear(one, why) else "confirmed"
        else:
            allowed = open_to(cases.files[one.report.request_id].case, one.report.assignment_id)
            hearing.refuse(one, Refusal("closing_declined", declined, allowed), why)
            states[one.report.assignment_id] = "declined"
    await hearing.close()
    return states


def _told(row: Row, by: str) -> Told:
    return Told(AgencyReport.model_validate(row["body"]), row["agency"], row["door"], row["said_by"], by)
