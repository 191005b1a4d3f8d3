"""What happens when a clock's time has come: the next level of the chain is told, and the one after is set."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from chassis.records import Due
from chassis.transaction import Transaction
from contracts.event import RequestFacts
from sla import store
from sla.domain.clock import PromiseClock
from sla.domain.escalation import TIMERS, next_step
from sla.domain.rules import Rules
from sla.handlers.watching import tell

ESCALATED: Final = ("at_risk_told", "breach_told", "escalations")


async def escalate(tx: Transaction, due: Sequence[Due], rules: Rules) -> None:
    """Tell the next level for every clock that still runs; what was closed or paused meanwhile is let go."""
    sheet = await store.lock_clocks(tx, (UUID(d.key) for d in due))
    for d in due:
        clock = sheet.find(UUID(d.key))
        if clock is not None and clock.is_running:
            sheet.put(_advance(tx, clock, d, rules))
    await sheet.save(tx, ESCALATED)


def _advance(tx: Transaction, clock: PromiseClock, due: Due, rules: Rules) -> PromiseClock:
    """Decide by the clock as it stands, for the timer may have been set before it moved."""
    kind, chain = TIMERS[due.kind], rules.chain(clock.agency)
    step = next_step(clock, kind, chain)
    if step is not None and step.at <= due.now:
        about = RequestFacts.model_validate(due.payload["about"])
        clock = tell(tx, clock, step, about, due, rules)
        step = next_step(clock, kind, chain)
    if step is not None:
        tx.schedule(due.kind, due.key, step.at, due.payload, due)
    return clock
