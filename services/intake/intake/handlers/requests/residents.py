"""What a requester, or an agent for them, does with their request: write, cancel, dispute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, forbidden, not_found
from chassis.ids import derived_id
from chassis.principals import may
from chassis.records import Command
from chassis.transaction import Transaction
from contracts.intake import Cancelled, Change, MessageSent, SubstatusChanged
from contracts.vocabulary import Channel
from intake import store
from intake.domain.life.case import Case, clock_changes
from intake.domain.life.lifecycle import step
from intake.domain.life.resident import answered, cancellation
from intake.domain.policy import POLICY
from intake.domain.requests.emergency import calls_for, said_of, told_to_call
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, File, Why
from intake.handlers.life.refusing import not_following


@dataclass(frozen=True, slots=True)
class Asked:
    """Something asked of one request: words for the vault, the closing meant, or the time of an imported step."""

    request_id: UUID
    text: str | None = None
    closure_id: UUID | None = None
    at: datetime | None = None


async def write_messages(tx: Transaction, commands: Sequence[Command[Asked]], desk: Desk) -> list[Reply | Problem]:
    """Take requesters' words; whoever writes of danger or need hears at once whom to call, and it is counted."""
    answers = await send_messages(tx, commands)
    return [_urged(tx, command, one, desk) for command, one in zip(commands, answers, strict=True)]


def _urged(tx: Transaction, command: Command[Asked], answer: Reply | Problem, desk: Desk) -> Reply | Problem:
    calls = calls_for(command.payload.text or "", desk.city)
    if isinstance(answer, Problem) or not calls:
        return answer
    request_id = command.payload.request_id
    for call in calls:
        tx.publish(told_to_call(call, command.id, desk.city, Channel.WEB, request_id=request_id), because=command)
    return Reply(answer.status, {**answer.body, **said_of(calls, desk.city)})


async def send_messages(tx: Transaction, commands: Sequence[Command[Asked]]) -> list[Reply | Problem]:
    """Keep a resident's words in the vault and tell of them by reference; an answer sets the work going again."""
    cases = await Cases.load(tx, [command.payload.request_id for command in commands])
    kept: list[Facts] = []
    answers = [_send(cases, command, kept) for command in commands]
    await tx.insert(store.VaultMessage, kept)
    await cases.save()
    return answers


def _send(cases: Cases, command: Command[Asked], kept: list[Facts]) -> Reply | Problem:
    request_id = command.payload.request_id
    file = permitted(cases, command, "request.message")
    if isinstance(file, Problem):
        return file
    if step(command.principal.role, file.case.substatus, "write") is None:
        return not_following(file, command.principal.role, _CLOSED)
    row = vault_row(command, command.payload.text or "")
    kept.append(row)
    after = answered(file.case)
    changes = (MessageSent(sender="resident", message_ref=row["message_ref"]), *_followed(file.case, after))
    why = Why(command, command.now)
    cases.keep(request_id, after, command.now)
    cases.tell(request_id, changes, command.principal.role, why)
    return Reply(201, {"message_ref": row["message_ref"], "substatus": after.substatus.value})


def _followed(before: Case, after: Case) -> tuple[Change, ...]:
    if before.substatus is after.substatus:
        return ()
    return (SubstatusChanged(substatus=after.substatus), *clock_changes(before, after))


def vault_row(command: Command[Asked], text: str) -> Facts:
    """Write down somebody's words for the vault."""
    principal = command.principal
    return {
        "message_ref": derived_id("message", command.id),
        "request_id": command.payload.request_id,
        "sender": principal.role,
        "contact_ref": principal.subject if principal.role == "contact" else None,
        "text": text,
        "at": command.now,
    }


async def cancel_requests(tx: Transaction, commands: Sequence[Command[Asked]], desk: Desk) -> list[Reply | Problem]:
    """Close requests that their requester withdrew."""
    cases = await Cases.load(tx, [command.payload.request_id for command in commands])
    answers = [_cancel(cases, command, desk) for command in commands]
    for command, answer in zip(commands, answers, strict=True):
        if isinstance(answer, Reply):
            tx.audit(command.principal, "request.cancel", str(command.payload.request_id), {})
    await cases.save()
    return answers


def _cancel(cases: Cases, command: Command[Asked], desk: Desk) -> Reply | Problem:
    request_id = command.payload.request_id
    file = permitted(cases, command, "request.cancel")
    if isinstance(file, Problem):
        return file
    why = _when(command, file)
    if isinstance(why, Problem):
        return why
    if step(command.principal.role, file.case.substatus, "cancel") is None:
        return not_following(file, command.principal.role, "The request is closed already.")
    role = command.principal.role
    agencies = [part.agency for part in file.case.parts if not part.ended]
    cases.tell(request_id, (Cancelled(),), role, why)
    closure_id = cases.close(request_id, cancellation(desk.city), role, agencies, why)
    return Reply(200, {"request_id": str(request_id), "status": "closed", "closure_id": str(closure_id)})


def _when(command: Command[Asked], file: File) -> Why | Problem:
    at = command.payload.at
    if at is None:
        return Why(command, command.now)
    if not may(POLICY, command.principal, "request.import"):
        return forbidden("request.import", command.principal.role)
    if not file.row["on_event_clock"] or at < file.row["opened_at"]:
        return conflict("Only imported requests take a time of their own, and none before they were opened.")
    return Why(command, at, "event")


def permitted(cases: Cases, command: Command[Any], action: str) -> File | Problem:
    """Find a request that the principal may do this with."""
    request_id = command.payload.request_id
    file = cases.files.get(request_id)
    if file is None:
        return not_found("request")
    if not may(POLICY, command.principal, action, request_id=str(request_id)):
        return forbidden(action, command.principal.role)
    if action in _REPORTERS_OWN and command.principal.subject in (file.row["followers"] or "").split():
        return forbidden(action, "follower")
    return file


_CLOSED: Final = "The request is closed. If the work was not done, dispute the closing; it is then open again."
_REPORTERS_OWN: Final = frozenset({"request.cancel", "request.dispute", "work.verify"})
"""What nobody does with a request that they only follow."""
