"""The triage desk sends requests elsewhere: told on the log, kept with number and hours, audited."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.ids import derived_uuid
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.routing import RequestDiverted
from routing.domain.cases import Case, LeaveTriage
from routing.domain.diverting import Sending, Sent, divert
from routing.handlers.claiming import refused_by_claims
from routing.handlers.desk import refused
from routing.handlers.noticing import facts_of
from routing.handlers.occasions import Occasion, Office, occasion_of
from routing.handlers.office import Book, open_book
from routing.store import diverting as store

DIVERTED: Final = "diverted"
_KEPT: Final = (
    *("request_id", "sequence", "diversion_id", "destination", "kind", "reason", "disposition"),
    *("phone", "hours", "was_open"),
)


async def divert_requests(
    tx: Transaction, commands: Sequence[Command[Sending]], office: Office
) -> Sequence[Reply | Problem]:
    """Carry out decisions; each is answered by itself, and a wrong one does not sink its neighbours."""
    asked = [command.payload.request_id for command in commands]
    book = await open_book(tx, office, dict.fromkeys(asked))
    held, made = await refused_by_claims(tx, asked), await store.made(tx, asked)
    kept: list[Row] = []
    answers = [refused(held, command) or _divert(book, command, made, kept) for command in commands]
    await book.save()
    await store.keep(tx, kept)
    return answers


def _divert(book: Book, command: Command[Sending], made: dict[UUID, int], kept: list[Row]) -> Reply | Problem:
    sending, case = command.payload, book.cases.get(command.payload.request_id)
    try:
        sent = divert(case, sending, book.office.reader.city, book.office.directory, command.now)
    except Problem as problem:
        return problem
    assert case is not None  # noqa: S101 - divert refuses what is not there
    occasion, number = occasion_of(case, command), made.get(case.request_id, 0) + 1
    made[case.request_id] = number
    event = _event(case, command, sent, number, occasion)
    book.tx.publish(event, occasion.because, at=occasion.at, clock=occasion.clock)
    book.carry_out((sent.assign or LeaveTriage(DIVERTED),), case, occasion)
    kept.append(diversion_row(event))
    detail = {"to": sending.to, "reason": sending.reason, "note": sending.note, "disposition": sent.disposition}
    book.tx.audit(command.principal, "triage.divert", str(case.request_id), detail)
    return Reply(200, _answer(event, sent))


def _event(case: Case, command: Command[Sending], sent: Sent, number: int, occasion: Occasion) -> RequestDiverted:
    transfer = sent.transfer
    return RequestDiverted(
        request_id=case.request_id,
        sequence=number,
        about=facts_of(case),
        diversion_id=derived_uuid("diversion", case.request_id, number),
        destination=transfer.slug,
        kind=transfer.kind,
        reason=command.payload.reason,
        disposition=sent.disposition,
        explanation=sent.explanation,
        phone=transfer.phone,
        hours=transfer.hours.root if transfer.hours else None,
        was_open=sent.was_open,
        avoidable=sent.avoidable,
        reopen_count=case.reopens,
        diverted_by=command.principal.role,
        diverted_at=occasion.said_at,
    )


def diversion_row(event: RequestDiverted) -> Row:
    """Write a diversion down as it was published."""
    row: dict[str, Any] = {name: getattr(event, name) for name in _KEPT}
    return row | {"at": event.diverted_at, "cycle": event.reopen_count}


def _answer(event: RequestDiverted, sent: Sent) -> Mapping[str, Any]:
    return {
        "request_id": str(event.request_id),
        "destination": event.destination,
        "phone": event.phone,
        "hours": event.hours,
        "was_open": event.was_open,
        "disposition": event.disposition,
        "agency": sent.assign.choice.agency if sent.assign else None,
        "explanation": event.explanation,
    }
