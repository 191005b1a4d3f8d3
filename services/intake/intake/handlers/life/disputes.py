"""Disputes: the first ones reopen at once, later ones wait for a supervisor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, not_found
from chassis.ids import derived_id, derived_uuid
from chassis.records import Command, Received
from chassis.transaction import Transaction
from contracts.intake import MessageSent
from contracts.survey import SurveyAnswered
from intake import store
from intake.domain.life.reopening import DisputeAnswer, DisputeRules, decide_dispute
from intake.domain.masking import mask
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, Why
from intake.handlers.life.refusing import not_following
from intake.handlers.requests.residents import Asked, permitted, vault_row


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who disputes which closing, with which words in the vault."""

    request_id: UUID
    closure_id: UUID | None
    asked_by: str
    contact_ref: str | None
    comment_ref: str | None
    why: Why


class _Docket:
    """The disputes of a batch's requests, those decided in this transaction included."""

    def __init__(self, cases: Cases, known: Mapping[UUID, Sequence[Mapping[str, Any]]], desk: Desk) -> None:
        self._cases, self._desk = cases, desk
        self._known = {request_id: list(rows) for request_id, rows in known.items()}
        self.new: list[Facts] = []

    @classmethod
    async def load(cls, tx: Transaction, cases: Cases, desk: Desk) -> "_Docket":
        """Read what was disputed before."""
        return cls(cases, await store.disputes_of(tx, list(cases.files)), desk)

    def decide(self, claim: _Claim) -> DisputeAnswer:
        """Decide a claim, and reopen the request when that is the answer."""
        file = self._cases.files[claim.request_id]
        earlier = self._known.setdefault(claim.request_id, [])
        closure = file.case.closure
        if closure and any(row["closure_id"] == closure.closure_id for row in earlier):
            return DisputeAnswer(
                "refused", "already_disputed", "This closing was disputed before; it is being decided."
            )
        answer = decide_dispute(closure, claim.closure_id, len(earlier), self._rules(claim.request_id), claim.why.at)
        if closure is None or answer.decision == "refused":
            return answer
        row = _dispute_row(claim, closure.closure_id, reopened=answer.decision == "reopen")
        earlier.append(row)
        self.new.append(row)
        self._cases.note(claim.request_id, claim.why.at, "disputed", {"decision": answer.decision})
        if answer.decision == "reopen":
            self._cases.reopen(claim.request_id, "policy", claim.comment_ref, claim.why, disputed_by=claim.asked_by)
        return answer

    def _rules(self, request_id: UUID) -> DisputeRules:
        city = self._desk.city
        service = city.services.get(self._cases.files[request_id].about.service_code)
        days = service.disputable_days if service else city.survey.dispute_days
        return DisputeRules(days=days, immediate=city.survey.immediate_disputes)


def _dispute_row(claim: _Claim, closure_id: UUID, *, reopened: bool) -> Facts:
    return {
        "dispute_id": derived_uuid("dispute", claim.request_id, closure_id),
        "request_id": claim.request_id,
        "closure_id": closure_id,
        "state": "reopened" if reopened else "pending",
        "asked_by": claim.asked_by,
        "contact_ref": claim.contact_ref,
        "comment_ref": claim.comment_ref,
        "at": claim.why.at,
        "decided_by": "policy" if reopened else None,
        "decided_at": claim.why.at if reopened else None,
        "reason": None,
    }


async def take_disputes(tx: Transaction, commands: Sequence[Command[Asked]], desk: Desk) -> list[Reply | Problem]:
    """Decide what residents dispute by their link, or agents for them."""
    cases = await Cases.load(tx, [command.payload.request_id for command in commands])
    docket = await _Docket.load(tx, cases, desk)
    kept: list[Facts] = []
    answers = [_dispute(cases, docket, command, kept) for command in commands]
    await tx.insert(store.VaultMessage, kept)
    await tx.insert(store.Dispute, docket.new)
    await cases.save()
    return answers


def _dispute(cases: Cases, docket: _Docket, command: Command[Asked], kept: list[Facts]) -> Reply | Problem:
    asked, principal = command.payload, command.principal
    file = permitted(cases, command, "request.dispute")
    if isinstance(file, Problem):
        return file
    words = vault_row(command, asked.text) if asked.text else None
    contact = principal.subject if principal.role == "contact" else None
    comment_ref = words["message_ref"] if words else None
    why = Why(command, command.now)
    answer = docket.decide(_Claim(asked.request_id, asked.closure_id, principal.role, contact, comment_ref, why))
    if answer.decision == "refused":
        return not_following(file, principal.role, answer.detail)
    kept += [words] if words else []
    status = 200 if answer.decision == "reopen" else 202
    body = {"decision": answer.decision, "status": file.case.status.value, "reopen_count": file.case.reopen_count}
    return Reply(status, {"request_id": str(asked.request_id), **body})


async def follow_survey_answers(tx: Transaction, received: Sequence[Received[SurveyAnswered]], desk: Desk) -> None:
    """Note that the requester answered; an answer that disputes the closing is decided as any dispute."""
    cases = await Cases.load(tx, [r.event.request_id for r in received])
    docket = await _Docket.load(tx, cases, desk)
    for r in received:
        event = r.event
        if event.request_id not in cases.files:
            continue
        cases.note(event.request_id, r.at, "survey_answered", {"disputed": event.disputed})
        if event.disputed:
            why = Why(r, r.now)
            docket.decide(
                _Claim(event.request_id, event.closure_id, "survey", event.contact_ref, event.comment_ref, why)
            )
    await tx.insert(store.Dispute, docket.new)
    await cases.save()


@dataclass(frozen=True, slots=True)
class Ruling:
    """A supervisor's decision of a dispute that waited."""

    dispute_id: UUID
    reopen: bool
    reason: str


async def rule_disputes(tx: Transaction, commands: Sequence[Command[Ruling]]) -> list[Reply | Problem]:
    """Reopen, or decline with words that the resident reads; audited."""
    disputes = await store.lock_disputes(tx, [command.payload.dispute_id for command in commands])
    cases = await Cases.load(tx, [row["request_id"] for row in disputes.values()])
    names = await store.names_of(tx, list(cases.files))
    ruled: dict[UUID, Facts] = {}
    answers: list[Reply | Problem] = []
    for command in commands:
        row = disputes.get(command.payload.dispute_id)
        if row is None:
            answers.append(not_found("dispute"))
        elif row["state"] != "pending" or row["dispute_id"] in ruled:
            answers.append(conflict("The dispute is decided already."))
        else:
            answers.append(_rule(cases, command, row, names.get(row["request_id"], ()), ruled))
            tx.audit(command.principal, "dispute.decide", str(row["dispute_id"]), {"reopen": command.payload.reopen})
    await tx.update(store.Dispute, list(ruled.values()), ("dispute_id",))
    await cases.save()
    return answers


def _rule(
    cases: Cases, command: Command[Ruling], row: Mapping[str, Any], names: Sequence[str], ruled: dict[UUID, Facts]
) -> Reply | Problem:
    ruling, request_id = command.payload, row["request_id"]
    file, why = cases.files[request_id], Why(command, command.now)
    closure = file.case.closure
    if closure is None or closure.closure_id != row["closure_id"]:
        return conflict("The request has moved on since; there is nothing to decide.")
    reason = mask(ruling.reason, names)
    if ruling.reopen:
        cases.reopen(request_id, "supervisor", row["comment_ref"], why, disputed_by=row["asked_by"])
    else:
        _decline(cases, request_id, reason, why)
    ruled[row["dispute_id"]] = {
        "dispute_id": row["dispute_id"],
        "state": "reopened" if ruling.reopen else "declined",
        "decided_by": command.principal.subject,
        "decided_at": command.now,
        "reason": reason,
    }
    return Reply(200, {"request_id": str(request_id), "status": file.case.status.value})


def _decline(cases: Cases, request_id: UUID, reason: str, why: Why) -> None:
    cases.note(request_id, why.at, "dispute_declined", {"reason": reason})
    ref = derived_id("message", why.cause.id)
    cases.tell(request_id, (MessageSent(sender="staff", message_ref=ref, text=reason),), "supervisor", why)
