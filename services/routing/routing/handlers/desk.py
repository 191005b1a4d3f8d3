"""The triage desk: a person's verdict becomes assignments."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.records import Command
from chassis.transaction import Transaction
from routing.domain.cases import Assign, Case
from routing.domain.triage import Verdict, settle
from routing.handlers.claiming import refused_by_claims
from routing.handlers.occasions import Office, occasion_of
from routing.handlers.office import Book, open_book


async def resolve_triage(
    tx: Transaction, commands: Sequence[Command[Verdict]], office: Office
) -> Sequence[Reply | Problem]:
    """Carry out verdicts; each is answered by itself, and a wrong one does not sink its neighbours."""
    book = await open_book(tx, office, {command.payload.request_id: None for command in commands})
    held = await refused_by_claims(tx, [command.payload.request_id for command in commands])
    answers = [refused(held, command) or _resolve(book, command) for command in commands]
    await book.save()
    return answers


class _About(Protocol):
    """A decision about one request."""

    @property
    def request_id(self) -> UUID:
        """The request."""


A = TypeVar("A", bound=_About)


def refused(held: Mapping[UUID, tuple[str, Problem]], command: Command[A]) -> Problem | None:
    """Refuse who decides on what somebody else holds, unless they are a supervisor."""
    holder, problem = held.get(command.payload.request_id, ("", None))
    who = command.principal
    return None if who.subject == holder or who.role == "supervisor" else problem


def _resolve(book: Book, command: Command[Verdict]) -> Reply | Problem:
    case = book.cases.get(command.payload.request_id)
    try:
        assigns = settle(case, command.payload, book.office.directory)
    except Problem as refused:
        return refused
    assert case is not None  # noqa: S101 - settle refuses what is not there
    return _carry_out(book, case, assigns, command)


def _carry_out(book: Book, case: Case, assigns: Sequence[Assign], command: Command[Verdict]) -> Reply:
    if command.payload.service_code:
        book.retype(case, command.payload.service_code)
    before = len(case.held)
    book.carry_out(assigns, case, occasion_of(case, command))
    made: list[dict[str, Any]] = [
        {"assignment_id": held.assignment_id, "agency": held.agency, "queue": held.queue} for held in case.held[before:]
    ]
    verdict = {"reason": command.payload.reason, "service_code": command.payload.service_code, "assignments": made}
    book.tx.audit(command.principal, "triage.resolve", str(case.request_id), verdict)
    return Reply(200, {"request_id": str(case.request_id), "assignments": [_plain(one) for one in made]})


def _plain(assignment: dict[str, Any]) -> dict[str, Any]:
    return assignment | {"assignment_id": str(assignment["assignment_id"])}
