"""Following a request's life: promised when new, revised when what is expected has moved."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.intake import Change, ClockPaused, ClockResumed, RequestCreated, RequestUpdated, SubstatusChanged
from contracts.routing import RequestAssigned
from contracts.vocabulary import AssignmentCause, Substatus
from sla import store
from sla.domain.clock import PromiseClock, assigned, corrected, expected_after, linked, paused, responded, resumed
from sla.domain.forecast import Expected
from sla.domain.response import is_response, is_response_by_desk
from sla.domain.rules import Rules, listed_reason
from sla.handlers.forecasting import Lessons, learn, note
from sla.handlers.promises import Promises, promises_for
from sla.handlers.watching import rewatch, watch

PROMISED: Final = ("revision", "expected_at")
PLACED: Final = ("area",)
ASSIGNED: Final = (
    "agency", "assigned_seq", "assigned_at", "responded_at", "chain_seq", "chain_at", "at_risk_told", "breach_told",
)  # fmt: skip
UPDATED: Final = (
    "service_code", "paused_at", "waited", "due_at", "at_risk_at", "deadline_at", "updated_seq", "linked",
    "responded_at", "respond_by", "pause_reason",
)  # fmt: skip

Updated = Received[RequestUpdated]


async def promise_new_requests(tx: Transaction, received: Sequence[Received[RequestCreated]], rules: Rules) -> None:
    """Give every new request its first promise, once, and watch its clock."""
    sheet = await store.lock_clocks(tx, (r.event.request_id for r in received))
    placed = [_placed(sheet, r, rules) for r in received]
    promises = await promises_for(tx, placed, rules)
    lessons, causes = Lessons(), {}
    for r, there in zip(received, placed, strict=True):
        clock = sheet.get(r.event.request_id, r.event.about, rules.start)
        if clock.area != there.area:  # its closing came first and was counted in no area, or the place was corrected
            moved = clock._replace(area=there.area)
            note(lessons, clock, -1)
            note(lessons, moved, 1)
            causes[clock.service_code] = r
            sheet.put(clock := moved)
        if not clock.revision:
            clock = promises.waits(promises.first(clock, r), r)
            watch(tx, clock, r, rules)
            sheet.put(clock)
    await sheet.save(tx, (*PROMISED, *PLACED))
    await learn(tx, lessons, causes, rules)


def _placed(sheet: store.Sheet, r: Received[RequestCreated], rules: Rules) -> PromiseClock:
    clock = sheet.get(r.event.request_id, r.event.about, rules.start)
    return clock._replace(area=rules.area_of(r.event.place))


async def follow_assignments(tx: Transaction, received: Sequence[Received[RequestAssigned]], rules: Rules) -> None:
    """Note whose chain is told when a request is late; a referral counts the forecast anew, never the target."""
    sheet = await store.lock_clocks(tx, (r.event.request_id for r in received))
    referred = [r for r in received if r.event.cause == AssignmentCause.REFERRAL]
    promises = await promises_for(tx, sheet.all_of(referred, rules.start), rules)
    for r in received:
        before = sheet.get(r.event.request_id, r.event.about, rules.start)
        if r.event.sequence > before.assigned_seq:
            after = _reassigned(promises, before, r)
            await rewatch(tx, before, after, r, rules)
            sheet.put(after)
    await sheet.save(tx, (*ASSIGNED, *PROMISED))


def _reassigned(promises: Promises, clock: PromiseClock, r: Received[RequestAssigned]) -> PromiseClock:
    keeps = clock.agency and r.event.cause == AssignmentCause.ADDITIONAL
    clock = assigned(clock, clock.agency if keeps else r.event.agency, r.event.sequence, r.event.assigned_at)
    if is_response_by_desk(r.event.cause):
        clock = responded(clock, r.event.assigned_at)
    if r.event.cause == AssignmentCause.REFERRAL:
        return promises.from_now(clock, r.event.assigned_at, r, "referred")
    return clock


async def follow_updates(tx: Transaction, received: Sequence[Updated], rules: Rules) -> None:
    """Let clocks stand still or run again for the city's listed reasons, follow appointments, note first responses."""
    moves = [r for r in received if _may_move(r.event.change)]
    heard = [r for r in received if _may_move(r.event.change) or _is_response(r)]
    if not heard:
        return
    sheet = await store.lock_clocks(tx, (r.event.request_id for r in heard))
    promises = await promises_for(tx, _either(sheet.all_of(moves, rules.start), moves), rules)
    lessons, causes = Lessons(), dict[str, Updated]()
    for r in heard:
        before = sheet.get(r.event.request_id, r.event.about, rules.start)
        after = _followed(promises, before, r)
        if after != before:
            await rewatch(tx, before, after, r, rules)
            sheet.put(after)
            if (after.linked, after.service_code) != (before.linked, before.service_code):
                note(lessons, before, -1)  # its closing may have come first
                note(lessons, after, 1)
                causes |= {before.service_code: r, after.service_code: r}
    await sheet.save(tx, (*UPDATED, *PROMISED))
    await learn(tx, lessons, causes, rules)


def _either(clocks: Sequence[PromiseClock], moves: Sequence[Updated]) -> list[PromiseClock]:
    """Give the clocks as they are, and as they are once the service is corrected: of both it is said what to expect."""
    told = [c._replace(service_code=r.event.about.service_code) for c, r in zip(clocks, moves, strict=True)]
    return [*clocks, *told]


def _is_response(r: Updated) -> bool:
    return is_response(r.event.change, r.event.by)


def _followed(promises: Promises, clock: PromiseClock, r: Updated) -> PromiseClock:
    clock = responded(clock, r.at) if _is_response(r) else clock
    if r.event.sequence <= clock.updated_seq or not _may_move(r.event.change):
        return clock
    return _MOVES[r.event.change.kind](promises, clock, r)._replace(updated_seq=r.event.sequence)


def _may_move(change: Change) -> bool:
    """Tell whether a change can move a clock; of the many substatuses one does."""
    if isinstance(change, SubstatusChanged):
        return change.substatus == Substatus.SCHEDULED
    return change.kind in _MOVES


def _pause(promises: Promises, clock: PromiseClock, r: Updated) -> PromiseClock:
    change = r.event.change
    reason = listed_reason(change.reason) if isinstance(change, ClockPaused) else ""
    if clock.paused_at or reason not in promises.rules.pause_reasons:
        return clock
    return promises.waits(paused(clock, r.at, reason), r)


def _resume(promises: Promises, clock: PromiseClock, r: Updated) -> PromiseClock:
    if not isinstance(r.event.change, ClockResumed) or clock.paused_at is None or clock.linked:
        return clock
    return _run_on(promises, clock, r)


def _schedule(promises: Promises, clock: PromiseClock, r: Updated) -> PromiseClock:
    change = r.event.change
    if not isinstance(change, SubstatusChanged) or change.substatus != Substatus.SCHEDULED:
        return clock
    return promises.moved(clock, Expected(change.scheduled_for, None, None), r, r.event.about, "scheduled")


def _link(_promises: Promises, clock: PromiseClock, r: Updated) -> PromiseClock:
    return linked(clock, r.at)


def _unlink(promises: Promises, clock: PromiseClock, r: Updated) -> PromiseClock:
    if not clock.linked or clock.paused_at is None:
        return clock._replace(linked=False)
    return _run_on(promises, clock._replace(linked=False), r)


def _run_on(promises: Promises, clock: PromiseClock, r: Updated) -> PromiseClock:
    runs = resumed(clock, r.at, promises.rules.measure(clock.service_code, clock.opened_at))
    if isinstance(r.event.change, ClockResumed) and r.event.change.closing:
        return runs
    return promises.resumed(runs, expected_after(clock, r.at), r)


def _correct(promises: Promises, clock: PromiseClock, r: Updated) -> PromiseClock:
    about = r.event.about
    if about.service_code == clock.service_code:  # its assignment was heard of first
        return clock
    return promises.anew(corrected(clock, promises.rules.start(clock.request_id, about)), r, "service_corrected")


_MOVES: Final[Mapping[str, Callable[[Promises, PromiseClock, Updated], PromiseClock]]] = {
    "clock_paused": _pause,
    "clock_resumed": _resume,
    "duplicate": _link,
    "duplicate_unlinked": _unlink,
    "substatus": _schedule,
    "service_corrected": _correct,
}
"""What a change of a request does to its clock; other changes do nothing to it."""
