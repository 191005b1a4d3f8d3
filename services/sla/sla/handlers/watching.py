"""Keeping the timers of a clock as the clock stands, and telling a level of the chain."""

from datetime import datetime
from typing import Any

from chassis.records import Cause, Received
from chassis.transaction import Transaction
from contracts.event import RequestEvent, RequestFacts
from contracts.sla import RequestEscalated
from sla.domain.clock import PromiseClock
from sla.domain.escalation import TIMERS, Step, timers_of, told
from sla.domain.rules import Rules


def watch(tx: Transaction, clock: PromiseClock, because: Received[Any], rules: Rules) -> None:
    """Set the timers of a clock that was promised; they carry the request's facts, for an alarm needs them."""
    event: RequestEvent = because.event
    timers = timers_of(clock, rules.chain(clock.agency)) if clock.revision else {}
    if timers:
        payload = {"about": event.about.model_dump(mode="json")}
        for kind, at in timers.items():
            tx.schedule(kind, event.key, at, payload, because)


async def rewatch(
    tx: Transaction, before: PromiseClock, after: PromiseClock, because: Received[Any], rules: Rules
) -> None:
    """Set the timers anew where they differ, and take back those that must not fire any more."""
    was, now = timers_of(before, rules.chain(before.agency)), timers_of(after, rules.chain(after.agency))
    if was == now:
        return
    for kind in was.keys() - now.keys():
        await tx.cancel(kind, [str(after.request_id)])
    watch(tx, after, because, rules)


async def unwatch(tx: Transaction, clocks: list[PromiseClock]) -> None:
    """Take back the timers of clocks that have stopped; imported history never had any."""
    keys = [str(clock.request_id) for clock in clocks if not clock.event_clock]
    for kind in TIMERS if keys else ():
        await tx.cancel(kind, keys)


def tell(
    tx: Transaction,
    clock: PromiseClock,
    step: Step,
    about: RequestFacts,
    because: Cause,
    rules: Rules,
    at: datetime | None = None,
) -> PromiseClock:
    """Publish that one level of the chain is told; `at` is when it should have been, if not now."""
    if tx.rebuilding:  # who was told is on the log
        return clock
    clock = told(clock, step.kind, step.reminder, rules.chain(clock.agency))
    event = RequestEscalated(
        request_id=clock.request_id,
        sequence=clock.escalations,
        about=about,
        kind=step.kind,
        level=step.level.level,
        role=step.level.role,
        title=step.level.title.root,
        reminder=step.reminder,
        agency=rules.owner(clock.agency),
        due_at=clock.deadline_at or step.at,
        since_assignment=clock.chain_seq,
    )
    tx.publish(event, because=because, at=at)
    return clock
