"""Stopping clocks when requests are closed, and letting them run on when they are reopened."""

from collections.abc import Sequence
from typing import Final

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.intake import RequestClosed, RequestReopened
from sla import store
from sla.domain.clock import (
    PromiseClock,
    assigned,
    closed,
    closing_stage,
    reopened,
    reopening_stage,
    responded,
    resumed,
)
from sla.domain.escalation import missed_at_closing
from sla.domain.forecast import is_counted
from sla.domain.response import is_response_at_last
from sla.domain.rules import Rules
from sla.handlers.forecasting import Lessons, learn, note
from sla.handlers.promises import promises_for
from sla.handlers.promising import PROMISED
from sla.handlers.watching import tell, unwatch, watch

CLOSED: Final = ("stage", "closed_at", "counted")
TOLD: Final = ("breach_told", "breached", "escalations")


async def stop_clocks(tx: Transaction, received: Sequence[Received[RequestClosed]], rules: Rules) -> None:
    """Stop the clocks of closed requests, tell the breaches nobody told, and learn how long the work took."""
    sheet = await store.lock_clocks(tx, (r.event.request_id for r in received))
    lessons, causes, stopped = Lessons(), {}, []
    for r in received:
        clock = _heard(sheet.get(r.event.request_id, r.event.about, rules.start), r)
        stage = closing_stage(r.event.reopen_count)
        if stage > clock.stage:
            note(lessons, clock, -1)  # a closing whose reopening comes later was no lesson
            clock = _stop(tx, clock, stage, r, rules)
            stopped.append(clock)
            note(lessons, clock, 1)
            causes[clock.service_code] = r
        sheet.put(clock)
    await sheet.save(tx, (*CLOSED, *TOLD, "agency", "responded_at"))
    await unwatch(tx, stopped)
    await learn(tx, lessons, causes, rules)


async def resume_reopened_requests(
    tx: Transaction, received: Sequence[Received[RequestReopened]], rules: Rules
) -> None:
    """Let clocks run on from their first start, forget what the wrong closing taught, and revise the forecast."""
    sheet = await store.lock_clocks(tx, (r.event.request_id for r in received))
    promises = await promises_for(tx, sheet.all_of(received, rules.start), rules)
    lessons, causes = Lessons(), {}
    for r in received:
        clock = sheet.get(r.event.request_id, r.event.about, rules.start)
        stage = reopening_stage(r.event.reopen_count)
        if stage > clock.stage:
            note(lessons, clock, -1)
            causes[clock.service_code] = r
            clock = promises.from_now(reopened(clock, stage), r.event.reopened_at, r, "reopened")
            watch(tx, clock, r, rules)
            sheet.put(clock)
    await sheet.save(tx, (*CLOSED, *PROMISED))
    await learn(tx, lessons, causes, rules)


def _heard(clock: PromiseClock, r: Received[RequestClosed]) -> PromiseClock:
    """Note a closing as a response, also one that was undone before it was heard of."""
    return responded(clock, r.event.closed_at) if is_response_at_last(r.event.disposition) else clock


def _stop(tx: Transaction, clock: PromiseClock, stage: int, r: Received[RequestClosed], rules: Rules) -> PromiseClock:
    event = r.event
    if not clock.agency and event.agencies:  # the closing overtook the assignment
        clock = assigned(clock, event.agencies[0], clock.assigned_seq, None)
    runs = resumed(clock, event.closed_at, rules.measure(clock.service_code, clock.opened_at))
    missed = missed_at_closing(runs, event.closed_at, rules.chain(clock.agency))
    if missed is not None:
        clock = tell(tx, clock, missed, event.about, r, rules, at=missed.at)
    return closed(clock, event.closed_at, stage, counts=is_counted(event.disposition))
