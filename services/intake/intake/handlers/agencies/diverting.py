"""What the triage desk sent elsewhere: outside the city it ends, with words that say whose it is, number and hours."""

from collections.abc import Sequence
from typing import Final

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.routing import RequestDiverted
from intake.domain.agencies.diverting import ending_of
from intake.handlers.life.cases import Cases, Why

_DOOR: Final = "triage"


async def follow_diversions(tx: Transaction, received: Sequence[Received[RequestDiverted]]) -> None:
    """Close what belongs outside the city; those that follow it go its way."""
    cases = await Cases.load(tx, [r.event.request_id for r in received])
    for r in received:
        file = cases.files.get(r.event.request_id)
        ending = ending_of(file.case, r.event, follows=file.parent is not None) if file else None
        if ending:
            why = Why(r, r.now).through(_DOOR)
            cases.close(r.event.request_id, ending, r.event.diverted_by, (), why)
    await cases.save()
