"""Restoring what sla decided from what it published: promises, escalations and forecasts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from chassis.rebuilding import CHASSIS_DUE, Derived, Fate, Kept
from chassis.records import Received
from chassis.transaction import Transaction
from contracts.sla import ForecastPublished, RequestEscalated, RequestPromised, RevisionReason
from sla import store
from sla.domain.clock import PromiseClock
from sla.domain.learning import EVERYWHERE
from sla.domain.restored import repromised, retold
from sla.domain.rules import Rules
from sla.handlers.areas import counted_in, own_histories
from sla.handlers.escalating import ESCALATED
from sla.handlers.forecasting import counted_columns, learned_of
from sla.handlers.promising import PROMISED
from sla.handlers.watching import rewatch, watch

_NOT_ON_THE_LOG: Final = "kind NOT IN ('sla.daily')"
_LAST_COUNT: Final = "what history showed when it was last counted, which depends on how closings came in batches"
COUNTED: Final = ("counted_at", "sample_size", "days_10", "days_50", "days_80", "days_90", "way", "ages")
COUNTED_IN: Final = ("sample_size", "days_10", "days_50", "days_80", "days_90", "way")
TABLES: Final[Mapping[str, Fate]] = {
    "clock": Derived(),
    "closing_count": Derived(rows="requests <> 0"),
    "closing_age": Derived(rows="requests <> 0"),
    "forecast": Derived(without=dict.fromkeys(COUNTED, _LAST_COUNT)),
    "published_target": Kept("published by a person, here alone"),
    "target_review": Kept("found at a time that does not come again"),
    "area_forecast": Derived(rows="version > 0", without=dict.fromkeys(COUNTED_IN, _LAST_COUNT)),
    "due": Derived(rows=_NOT_ON_THE_LOG, without=CHASSIS_DUE.without),
}
"""What becomes of each table in a rebuild; a count of nothing is as good as none."""


async def restore_promises(tx: Transaction, received: Sequence[Received[RequestPromised]], rules: Rules) -> None:
    """Note what was promised, and watch it."""
    sheet = await store.lock_clocks(tx, (r.event.request_id for r in received))
    for r in received:
        before = sheet.get(r.event.request_id, r.event.about, rules.start)
        if r.event.revision > before.revision:
            after = _promised_again(before, r.event)
            if before.revision:
                await rewatch(tx, before, after, r, rules)
            else:
                watch(tx, after, r, rules)
            sheet.put(after)
    await sheet.save(tx, (*PROMISED, "due_at", "deadline_at", "at_risk_at", "respond_by"))


def _promised_again(clock: PromiseClock, event: RequestPromised) -> PromiseClock:
    """Restore a promise; one that only says that the clock stands still leaves the forecast as it was."""
    expected_at = clock.expected_at if event.reason == RevisionReason.PAUSED else event.expected_at
    after = repromised(clock, event.revision, event.due_at, expected_at)
    return after._replace(respond_by=event.respond_by or clock.respond_by)


async def restore_escalations(tx: Transaction, received: Sequence[Received[RequestEscalated]], rules: Rules) -> None:
    """Note who was told; the next level is watched."""
    sheet = await store.lock_clocks(tx, (r.event.request_id for r in received))
    for r in received:
        before = sheet.get(r.event.request_id, r.event.about, rules.start)
        if r.event.sequence > before.escalations:
            chain = rules.chain(r.event.agency or "")
            after = retold(before, r.event.kind, r.event.reminder, chain, r.event.since_assignment)
            await rewatch(tx, before, after, r, rules)
            sheet.put(after)
    await sheet.save(tx, (*ESCALATED, "chain_seq"))


async def restore_forecasts(tx: Transaction, received: Sequence[Received[ForecastPublished]]) -> None:
    """Note what was last published of each service and area."""
    last: dict[str, Received[ForecastPublished]] = {}
    for r in received:
        if r.event.version > (last[r.key].event.version if r.key in last else 0):
            last[r.key] = r
    await store.restore_forecasts(tx, [_forecast(r) for r in last.values() if r.event.area == EVERYWHERE])
    await store.restore_areas(tx, [_area(r.event) for r in last.values() if r.event.area != EVERYWHERE])


def _forecast(r: Received[ForecastPublished]) -> Mapping[str, Any]:
    return {
        "service_code": r.event.service_code,
        "version": r.event.version,
        "words": r.event.words,
        "target_words": r.event.target_words,
        "published_at": r.at,
    }


def _area(event: ForecastPublished) -> Mapping[str, Any]:
    apart = event.basis.area == event.area
    keys = {"service_code": event.service_code, "area": event.area}
    return keys | {"version": event.version, "words": event.words, "apart": apart}


async def count_again(tx: Transaction, rules: Rules) -> None:
    """Count what history shows of every service; publishing waits for the next closing."""
    rows = [row for row in await store.forecasts(tx) if row["closed"] >= rules.minimum]
    if not rows:
        return
    now = (
        max(row["published_at"] for row in rows if row["published_at"])
        if any(r["published_at"] for r in rows)
        else tx.now
    )
    learned = await learned_of(tx, [row["service_code"] for row in rows], now, rules)
    changed = [
        {"service_code": row["service_code"], "counted_at": row["closed"]}
        | counted_columns(learned[row["service_code"]])
        for row in rows
    ]
    await store.save_forecasts(tx, changed)
    lines = [
        {"service_code": service, "area": area} | counted_in(found, history)
        for service, found in learned.items()
        for area, history in own_histories(found).items()
    ]
    await store.save_areas(tx, lines)
