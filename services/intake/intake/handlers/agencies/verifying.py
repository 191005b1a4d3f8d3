"""Somebody looks at finished work before it closes a request, and says what they found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, forbidden, invalid
from chassis.ids import derived_id
from chassis.principals import Principal
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake import store
from intake.domain.agencies.verifying import Looked, looked, may_look
from intake.domain.life.case import Part
from intake.domain.life.closing import sighted
from intake.domain.life.lifecycle import step
from intake.domain.masking import mask
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, File, Why
from intake.handlers.life.refusing import not_following
from intake.handlers.life.stepping import promise_steps
from intake.handlers.requests.residents import permitted


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody found who looked at finished work."""

    request_id: UUID
    done: bool
    reason: str = ""
    assignment_id: UUID | None = None


async def verify_work(tx: Transaction, commands: Sequence[Command[Look]], desk: Desk) -> list[Reply | Problem]:
    """Close what is done, or give it back to its crew with what was found; audited."""
    cases = await Cases.load(tx, [command.payload.request_id for command in commands])
    names = await store.names_of(tx, list(cases.files))
    answers = [_verify(cases, command, names.get(command.payload.request_id, ()), desk) for command in commands]
    for command, answer in zip(commands, answers, strict=True):
        if isinstance(answer, Reply):
            tx.audit(command.principal, "work.verify", str(command.payload.request_id), {"done": command.payload.done})
    promise_steps(tx, cases, desk)
    await cases.save()
    return answers


def _verify(cases: Cases, command: Command[Look], names: Sequence[str], desk: Desk) -> Reply | Problem:
    look, principal = command.payload, command.principal
    file = permitted(cases, command, "work.verify")
    if isinstance(file, Problem):
        return file
    part = _waiting(file, look.assignment_id)
    if part is None:
        return not_following(file, principal.role, "No finished work of this request waits to be looked at.")
    if step(principal.role, part.substatus, "verify" if look.done else "send_back") is None:
        return not_following(file, principal.role, "This step is not yours to take.")
    if not may_look(desk.city, file.about.service_code, part.agency, principal.role):
        return forbidden("work.verify", principal.role)
    if not look.done and not look.reason.strip():
        return invalid([{"field": "reason", "problem": "Say what is not done; the crew reads it."}])
    ref, reason = derived_id("message", command.id), mask(look.reason, names)
    found = looked(file.case, part, principal.role, reason, ref, done=look.done)
    if found.ending:
        found = replace(found, ending=sighted(found.ending, desk.city, file.about.service_code, command.now))
    _tell(cases, look.request_id, part, found, principal, Why(command, command.now))
    return Reply(200, {"request_id": str(look.request_id), "substatus": file.case.substatus.value})


def _waiting(file: File, assignment_id: UUID | None) -> Part | None:
    waiting = (part for part in file.case.parts if part.is_looked_at)
    return next((part for part in waiting if assignment_id in {None, part.assignment_id}), None)


def _tell(cases: Cases, request_id: UUID, part: Part, found: Looked, who: Principal, why: Why) -> None:
    cases.keep(request_id, found.case, why.at)
    cases.tell(request_id, found.changes, who.role, why)
    if found.ending:
        agencies = [one.agency for one in found.case.parts if one.outcome]
        by = f"agency:{part.agency}"
        cases.close(request_id, found.ending, by, agencies, why.through("verification", who.role))


async def list_verifications(reads: Reads, limit: int, desk: Desk) -> list[Facts]:
    """List finished work that waits to be looked at, the longest waiting first."""
    city = desk.city
    return [
        {**row, "service_name": city.service_name(row["service_code"]).root, "verifier": _who(row, desk)}
        for row in await store.endings.waiting_verifications(reads, limit)
    ]


def _who(row: Row, desk: Desk) -> str:
    rule = desk.city.steps.verifier(row["service_code"], row["agency"])
    return rule.verifier if rule else "supervisor"
