"""Drafts: begun in one channel, finished in another; what they become keeps their reference as its number."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from chassis.commands import Reply
from chassis.errors import Problem, conflict, forbidden, invalid, not_found
from chassis.http import Doors
from chassis.links import sign, verify
from chassis.principals import Principal, may
from chassis.records import Command, Due
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.frontends import Reporter, RequestSubmitted
from contracts.intake import FieldProblem
from contracts.vocabulary import Channel
from intake import store
from intake.domain.drafts import KEPT, finished, merged, unreadable
from intake.domain.forms import step_of_draft
from intake.domain.policy import POLICY
from intake.domain.requests.submission import problems_of
from intake.domain.requests.tracking import BITS, parse_tracking_number, tracking_number
from intake.handlers.desk import Desk, Facts
from intake.handlers.drafts.talked import draft_of_talk, leave_talk
from intake.handlers.forms import Visit, note_steps
from intake.handlers.requests.taking import take_new_requests

FORGETTING: Final = "draft.forget"
_PURPOSE: Final = "draft"
_TALK: Final = "conversation"


@dataclass(frozen=True, slots=True)
class Drafted:
    """What is told of a draft: `token` shows whose it is, staff need none; null values take away."""

    told: Mapping[str, Any]
    reference: str = ""
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Another:
    """A further report by the one who made this request: at the same place, by the same contact, or both."""

    request_id: UUID
    same_place: bool = True
    same_contact: bool = True
    told: Mapping[str, Any] = field(default_factory=dict)


def draft_token(desk: Desk, reference: str) -> str:
    """Make the token that opens a draft."""
    return sign(desk.link_key, _PURPOSE, reference)


def opens(desk: Desk, principal: Principal, reference: str, token: str | None) -> bool:
    """Tell whether a caller may go on with a draft: whoever has its token, or its conversation's, and staff."""
    known = token is not None and any(verify(desk.link_key, of, reference, token) for of in (_PURPOSE, _TALK))
    return known or may(POLICY, principal, "draft.open")


async def begin_drafts(tx: Transaction, commands: Sequence[Command[Drafted]], desk: Desk) -> list[Reply | Problem]:
    """Begin drafts, each under the number its request will have."""
    rows = [_new_row(command, merged({}, command.payload.told), None) for command in commands]
    return await _keep(tx, list(zip(commands, rows, strict=True)), desk, 201)


async def begin_another(tx: Transaction, commands: Sequence[Command[Another]], desk: Desk) -> list[Reply | Problem]:
    """Begin drafts that know already where, who, or both."""
    return [await _another(tx, command, desk) for command in commands]


async def _another(tx: Transaction, command: Command[Another], desk: Desk) -> Reply | Problem:
    asked, principal = command.payload, command.principal
    if not may(POLICY, principal, "request.another", request_id=str(asked.request_id)):
        return forbidden("request.another", principal.role)
    found = (await store.places_of(tx, [asked.request_id])).get(asked.request_id)
    if found is None:
        return not_found("request")
    kept = {"address", "latitude", "longitude", "method", "setting"}
    place = {"place": found[1].model_dump(mode="json", include=kept, exclude_none=True)} if asked.same_place else {}
    contact = await _contact(tx, command) if asked.same_contact else None
    row = _new_row(command, merged(place, asked.told), contact)
    return (await _keep(tx, [(command, row)], desk, 201))[0]


async def _contact(tx: Transaction, command: Command[Another]) -> str | None:
    if command.principal.role == "contact":
        return command.principal.subject
    return await store.contact_of(tx, command.payload.request_id)


def _new_row(command: Command[Any], body: Facts, contact_ref: str | None) -> Facts:
    return {
        "reference": tracking_number(secrets.randbits(BITS)),
        "body": body,
        "contact_ref": contact_ref,
        "begun_in": str(body.get("channel", "web")),
        "begun_at": command.now,
        "forget_at": command.now + KEPT,
    }


async def continue_drafts(tx: Transaction, commands: Sequence[Command[Drafted]], desk: Desk) -> list[Reply | Problem]:
    """Go on with drafts; each is forgotten thirty days after it was last touched."""
    rows = await _lock(tx, commands, desk)
    changed: dict[int, tuple[Command[Drafted], Facts]] = {}
    for n, command in enumerate(commands):
        before, now = _admitted(rows, command, desk), command.now
        if before is not None:
            row = dict(before) | {"body": merged(before["body"], command.payload.told), "forget_at": now + KEPT}
            rows[row["reference"]], changed[n] = row, (command, row)
    answers = dict(zip(changed, await _keep(tx, list(changed.values()), desk, 200), strict=True))
    return [answers.get(n) or await _gone(tx, command, desk) for n, command in enumerate(commands)]


async def _lock(tx: Transaction, commands: Sequence[Command[Drafted]], desk: Desk) -> dict[str, Row]:
    """Read the drafts; one that was begun in a conversation leaves it, and is a draft as any other from here on."""
    rows = dict(await store.lock_drafts(tx, [number_of(command.payload.reference) for command in commands]))
    for command in commands:
        reference = number_of(command.payload.reference)
        if reference not in rows and opens(desk, command.principal, reference, command.payload.token):
            rows |= await _take_over(tx, reference, command)
    return rows


async def _take_over(tx: Transaction, reference: str, command: Command[Drafted]) -> Mapping[str, Row]:
    row = await draft_of_talk(tx, reference)
    if row is None:
        return {}
    await tx.insert(store.VaultDraft, [row])
    tx.schedule(FORGETTING, reference, row["forget_at"], {}, command)
    await leave_talk(tx, reference)
    return {reference: row}


def number_of(reference: str) -> str:
    """Read a reference as people write it."""
    return parse_tracking_number(reference) or ""


def _admitted(rows: Mapping[str, Row], command: Command[Drafted], desk: Desk) -> Row | None:
    reference = number_of(command.payload.reference)
    return rows.get(reference) if opens(desk, command.principal, reference, command.payload.token) else None


async def _keep(
    tx: Transaction, told: Sequence[tuple[Command[Any], Facts]], desk: Desk, status: int
) -> list[Reply | Problem]:
    latest = {row["reference"]: (command, row) for command, row in told}
    await tx.upsert(store.VaultDraft, [row for _, row in latest.values()], ("reference",), only=("body", "forget_at"))
    await note_steps(tx, [_visit(row) for _, row in latest.values()], desk)
    for reference, (command, row) in latest.items():
        tx.schedule(FORGETTING, reference, row["forget_at"], {}, command)
    return [Reply(status, await _summary(tx, row, desk)) for _, row in told]


async def _summary(tx: Transaction, row: Row, desk: Desk) -> Facts:
    """Say where a draft stands without repeating it: answers to commands are kept, what was told is personal."""
    missing = await _missing(tx, row, desk)
    return {
        "reference": row["reference"],
        "token": draft_token(desk, row["reference"]),
        "ready": not missing,
        "missing": [{"field": problem.field, "problem": problem.problem} for problem in missing],
        "kept_until": row["forget_at"].isoformat(),
    }


async def _missing(tx: Transaction, row: Row, desk: Desk) -> tuple[FieldProblem, ...]:
    try:
        report = finished(row["reference"], row["body"], await _reporter(tx, row))
    except ValidationError as error:
        return unreadable(error)
    return problems_of(report, desk.city, tx.now)


async def _reporter(tx: Transaction, row: Row) -> Reporter | None:
    kept = await store.reporter_row(tx, row["contact_ref"]) if row["contact_ref"] else None
    return Reporter(**kept) if kept else None


async def show_draft(doors: Doors, desk: Desk, asked: Drafted, caller: Principal) -> Facts:
    """Show a draft to whoever has its token, and to staff, whose reading is audited. Raises a 404 problem."""
    reference = number_of(asked.reference)
    async with doors.transaction() as tx:
        row = (await store.lock_drafts(tx, [reference])).get(reference) or await draft_of_talk(tx, reference)
        if row is None or not opens(desk, caller, reference, asked.token):
            raise not_found("draft of this reference")
        if may(POLICY, caller, "draft.open"):
            tx.audit(caller, "draft.read", reference, {})
        known = {"begun_in": row["begun_in"], "knows_contact": row["contact_ref"] is not None}
        return await _summary(tx, row, desk) | known | {"draft": row["body"]}


async def submit_drafts(tx: Transaction, commands: Sequence[Command[Drafted]], desk: Desk) -> list[Reply | Problem]:
    """Make drafts requests by the one way in; `told` may still name the channel that finished it."""
    rows = await _lock(tx, commands, desk)
    ready = [await _ready(tx, rows, command, desk) for command in commands]
    reports = [command for command in ready if isinstance(command, Command)]
    numbers = {command.id: command.payload.submission_key for command in reports}
    taken = dict(zip(numbers, await take_new_requests(tx, reports, desk, numbers), strict=True))
    sent = [numbers[named] for named, answer in taken.items() if isinstance(answer, Reply)]
    await store.forget_drafts(tx, sent)
    await note_steps(tx, [_sent(one.payload) for one in reports if one.payload.submission_key in sent], desk)
    return [taken[one.id] if isinstance(one, Command) else one for one in ready]


async def _ready(
    tx: Transaction, rows: dict[str, Row], command: Command[Drafted], desk: Desk
) -> Command[Any] | Problem:
    row = _admitted(rows, command, desk)
    if row is None:
        return await _gone(tx, command, desk)
    try:
        report = finished(row["reference"], merged(row["body"], command.payload.told), await _reporter(tx, row))
    except ValidationError as error:
        return invalid([{"field": p.field, "problem": p.problem} for p in unreadable(error)])
    del rows[row["reference"]]
    return Command(report, command.principal, command.id, command.now, command.key, command.traceparent)


def _visit(row: Row) -> Visit:
    """Tell how far a form has come, by what its draft holds."""
    body = row["body"]
    channel, again = Channel(body.get("channel", row["begun_in"])), row["contact_ref"] is not None
    return Visit(row["reference"], step_of_draft(body), channel, body.get("service_code"), again)


def _sent(report: RequestSubmitted) -> Visit:
    return Visit(report.submission_key, "sent", report.channel, report.service_code)


async def _gone(tx: Transaction, command: Command[Drafted], desk: Desk) -> Problem:
    reference = number_of(command.payload.reference)
    known = reference and opens(desk, command.principal, reference, command.payload.token)
    if known and await store.request_ids_of(tx, [reference], []):
        return conflict(f"This draft became the request {reference}; follow it under the same number.")
    return not_found("draft of this reference")


async def forget_drafts(tx: Transaction, due: Sequence[Due]) -> None:
    """Delete drafts that nobody touched for thirty days."""
    await store.forget_drafts(tx, [one.key for one in due], tx.now)
