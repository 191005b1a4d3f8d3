"""What happens when a clock's time has come: the next level is told, and a forecast that has passed is made anew."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.records import Due
from chassis.transaction import Transaction
from contracts.event import RequestFacts
from sla import store
from sla.domain.clock import PromiseClock
from sla.domain.curve import Ages, Curve, curve_of
from sla.domain.escalation import LATE_BY, TIMERS, next_step, timers_of
from sla.domain.forecast import Expected, expected, expected_late
from sla.domain.learning import SERVICE_STRENGTH
from sla.domain.rules import Rules
from sla.handlers.forecasting import city_curve
from sla.handlers.promises import LATE, Promises, promises_for
from sla.handlers.promising import PROMISED
from sla.handlers.watching import tell

ESCALATED: Final = ("at_risk_told", "breach_told", "breached", "escalations")
DAY: Final = timedelta(days=1)


async def escalate(tx: Transaction, due: Sequence[Due], rules: Rules) -> None:
    """Tell the next level for every clock that still runs; what was closed or paused meanwhile is let go."""
    sheet = await store.lock_clocks(tx, (UUID(d.key) for d in due))
    found = [(d, sheet.find(UUID(d.key))) for d in due]
    running = [(d, clock) for d, clock in found if clock is not None and clock.is_running]
    late = [clock for d, clock in running if _has_passed(clock, d.now)]
    promises, curves = await promises_for(tx, late, rules), await _curves(tx, late)
    for d, _ in running:
        before = sheet.get(UUID(d.key), _about(d), rules.start)
        after = _advance(tx, _expect_anew(promises, curves, before, d), d, rules)
        await _watch_on(tx, before, after, d, rules)
        sheet.put(after)
    await sheet.save(tx, (*ESCALATED, *PROMISED))


def _has_passed(clock: PromiseClock, now: datetime) -> bool:
    return clock.revision > 0 and clock.expected_at is not None and clock.expected_at + LATE_BY <= now


async def _curves(tx: Transaction, late: Iterable[PromiseClock]) -> Mapping[str, Curve]:
    """Return the curves of the services whose requests are later than was expected, as last counted."""
    services = {clock.service_code for clock in late}
    if not services:
        return {}
    ages, city = await store.stored_ages(tx), await city_curve(tx, {}, tx.now)
    return {service: curve_of(ages.get(service, Ages()), city, SERVICE_STRENGTH) for service in services & ages.keys()}


def _expect_anew(promises: Promises, curves: Mapping[str, Curve], clock: PromiseClock, due: Due) -> PromiseClock:
    """Say when work is expected that is later than was expected: by its age, or counted anew where none is known."""
    if not _has_passed(clock, due.now):
        return clock
    curve = curves.get(clock.service_code)
    if curve is None:
        to = expected(promises.known.of(clock.service_code, clock.area).forecast, due.now)
    else:
        to = expected_late(curve, clock.opened_at, due.now)
    if to == Expected(None, None, None):
        return promises.gone(clock, due, _about(due))
    return promises.moved(clock, to, due, _about(due), LATE)


def _advance(tx: Transaction, clock: PromiseClock, due: Due, rules: Rules) -> PromiseClock:
    """Decide by the clock as it stands, for the timer may have been set before it moved."""
    step = next_step(clock, TIMERS[due.kind], rules.chain(clock.agency), due.now)
    if step is None or step.at > due.now:
        return clock
    return tell(tx, clock, step, _about(due), due, rules)


async def _watch_on(tx: Transaction, before: PromiseClock, after: PromiseClock, due: Due, rules: Rules) -> None:
    """Set the timer that has just fired again, and the other where it moved."""
    was, now = timers_of(before, rules.chain(before.agency)), timers_of(after, rules.chain(after.agency))
    for kind, at in now.items():
        if kind == due.kind or at != was.get(kind):
            tx.schedule(kind, due.key, at, due.payload, due)
    for kind in was.keys() - now.keys() - {due.kind}:
        await tx.cancel(kind, [due.key])


def _about(due: Due) -> RequestFacts:
    return RequestFacts.model_validate(due.payload["about"])
