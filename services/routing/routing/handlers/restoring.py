"""Restoring what routing decided from what it published: its assignments."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from chassis.rebuilding import Derived, Kept
from chassis.rebuilding.plan import Fate
from chassis.records import Received
from chassis.transaction import Transaction
from contracts.routing import RequestAssigned, RequestDiverted
from contracts.vocabulary import AssignmentCause
from routing import store
from routing.domain.cases import LeaveTriage
from routing.domain.lifecycle import NO_RULE
from routing.handlers.diverting import DIVERTED, diversion_row
from routing.handlers.occasions import Occasion, Office
from routing.handlers.office import open_book

_WHO_HAD_IT: Final = "whether what was said, or what gave or took the request, was heard first: topics have no order"
TABLES: Final[Mapping[str, Fate]] = {
    "request": Derived(
        without=dict.fromkeys(("notices", "waiting"), _WHO_HAD_IT),
        carried=("notices", "waiting"),
    ),
    "assignment": Derived(without={"ended": "whether its completion or the closing that followed was heard first"}),
    "triage": Derived(),
    "rule_set": Kept("who published which rules is noted here alone; what they decided is on the log"),
    "rehearsal": Kept("what was rehearsed is noted here alone"),
    "standing": Kept("who switched which service is noted here alone; what followed is on the log"),
    "reader_version": Kept("trained readers are made on the service's own requests and noted here alone"),
    "token_bucket": Kept("how much a caller has asked is nobody's news"),
    "triage_claim": Kept("who looks at what just now is nobody's news"),
    "contact_heard": Derived(),
    "diversion": Derived(),
    "reading": Kept("which reader read what is noted here alone; what it assigned is on the log"),
}
"""What becomes of each table in a rebuild."""
ROOM: Final = 10
_RETYPING: Final = frozenset({AssignmentCause.TRIAGE, AssignmentCause.READING})


async def restore_assignments(tx: Transaction, received: Sequence[Received[RequestAssigned]], office: Office) -> None:
    """Note who was given a request, what its agency was told for it, and the service a person corrected."""
    book = await open_book(tx, office, {r.event.request_id: None for r in received})
    for r in received:
        case = book.case(r.event.request_id, r.event.about)
        if r.event.sequence > case.made:
            if r.event.cause in _RETYPING:
                book.retype(case, r.event.about.service_code)
            if r.event.cause == AssignmentCause.READING and case.triage:
                book.spare_triage(case)
            book.take_up(case, r.event, Occasion(r, r.event.assigned_at, r.at))
    await book.save()


async def restore_diversions(tx: Transaction, received: Sequence[Received[RequestDiverted]], office: Office) -> None:
    """Note what the triage desk sent elsewhere; outside the city, nobody needs to look any more."""
    book = await open_book(tx, office, {r.event.request_id: None for r in received})
    for r in received:
        case = book.case(r.event.request_id, r.event.about)
        if r.event.disposition:
            book.carry_out((LeaveTriage(DIVERTED),), case, Occasion(r, r.event.diverted_at, r.event.diverted_at))
    await book.save()
    await store.diverting.keep(tx, [diversion_row(r.event) for r in received])


async def go_on_from_here(tx: Transaction) -> None:
    """Let a person look at what nobody was ever given: its assignment never reached the log.

    And leave room in the numbers of notices: an agency drops what it has seen, and more may have been told than is
    counted again.
    """
    await store.triage_those_without_desk(tx, NO_RULE, datetime.now(UTC))
    await store.skip_notices(tx, ROOM)
