"""Daily, and when asked: what both sides say of the same work is compared, told, and repaired."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from adapters import store
from adapters.domain.comparing import REPAIRS, Drift, Finding, OurOrder, Ours, compare, compare_orders
from adapters.domain.news import News
from adapters.domain.order import Action
from adapters.domain.policy import POLICY
from adapters.gateways import Unreadable
from adapters.handlers.desk import Desk
from adapters.handlers.hearing import hear
from adapters.handlers.taking import errand_row
from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.http import Doors
from chassis.ids import derived_uuid
from chassis.principals import allow
from chassis.records import Command, Due
from chassis.sql import Row
from chassis.transaction import Transaction
from chassis.waiting import rest

RECONCILE: Final = "adapters.reconcile"
LOOK_BACK: Final = timedelta(days=14)
"""What ended longer ago is not compared."""
_HEARD_NOW: Final = frozenset({Drift.MISSED_UPDATE, Drift.CLOSED_THERE, Drift.ORDER_UNKNOWN, Drift.ORDER_CHANGED})


async def set_clocks(tx: Transaction, desk: Desk) -> None:
    """Set each agency's next comparison, as the service starts."""
    for agency in desk.agencies:
        _set_clock(tx, desk, agency)


def _set_clock(tx: Transaction, desk: Desk, agency: str) -> None:
    at = next_at(desk.local(tx.now), desk.city.adapters[agency].reconcile_at.replace(tzinfo=None))
    due = Due(RECONCILE, agency, at, {}, "", tx.now)
    tx.schedule(RECONCILE, agency, at, {}, because=due)


def next_at(local: datetime, wanted: Any) -> datetime:
    """Tell when a time of day comes next."""
    today = local.replace(hour=wanted.hour, minute=wanted.minute, second=0, microsecond=0)
    return today if today > local else today + timedelta(days=1)


async def want_reconciliations(tx: Transaction, due: Sequence[Due], desk: Desk) -> None:
    """Ask for the day's comparisons, and set the next day's."""
    await store.want_reconciliation(tx, [_wanted(tx, d.key, d.id) for d in due if d.key in desk.agencies])
    for d in due:
        if d.key in desk.agencies:
            _set_clock(tx, desk, d.key)


async def ask_reconciliation(
    tx: Transaction, commands: Sequence[Command[str]], desk: Desk
) -> Sequence[Reply | Problem]:
    """Ask for a comparison now."""
    replies: list[Reply | Problem] = []
    for command in commands:
        allow(POLICY, command.principal, "reconciliation.run")
        if command.payload not in desk.agencies:
            replies.append(not_found("adapter of this agency"))
            continue
        row = _wanted(tx, command.payload, command.id)
        await store.want_reconciliation(tx, [row])
        replies.append(Reply(202, {"run_id": str(row["run_id"]), "agency": command.payload}))
    return replies


def _wanted(tx: Transaction, agency: str, cause: str) -> dict[str, Any]:
    run_id = derived_uuid("reconciliation", agency, cause)
    return {"run_id": run_id, "agency": agency, "wanted_at": tx.now, "compared": 0, "findings": []}


class Reconciler:
    """Makes the comparisons that are wanted."""

    def __init__(self, doors: Doors, desk: Desk) -> None:
        self._doors, self._desk = doors, desk

    async def run(self, stop: asyncio.Event, bell: asyncio.Event, poll_seconds: float) -> None:
        """Compare what is wanted until told to stop."""
        while not stop.is_set():
            bell.clear()
            await self.turn()
            await rest(poll_seconds, stop, bell)

    async def turn(self) -> int:
        """Make every comparison that is wanted now; returns how many."""
        async with self._doors.reads() as reads:
            wanted = await store.wanted_reconciliations(reads)
        for row in wanted:
            await self._compare(row)
        return len(wanted)

    async def _compare(self, row: Row) -> None:
        since = self._doors.database.clock() - LOOK_BACK
        try:
            theirs = await self._desk.systems[row["agency"]].list_all(since)
        except Unreadable as error:
            problem = str(error)
            done = {"run_id": row["run_id"], "problem": f"Nothing could be compared: {problem}."}
            await self._doors.persist(lambda tx: store.save_reconciliation(tx, done | {"finished_at": tx.now}))
            return
        await self._doors.persist(lambda tx: self._settle(tx, row, theirs))

    async def _settle(self, tx: Transaction, row: Row, theirs: Sequence[News]) -> None:
        agency = row["agency"]
        ours = [Ours(**one) for one in await store.comparable(tx, agency, tx.now - LOOK_BACK)]
        codes = await self._desk.codes(tx, agency)
        numbers = [news.order_number for news in theirs if news.order and news.order_number]
        orders = [OurOrder(one["number"], one["status"], frozenset(one["covers"]))
                  for one in await store.work_orders(tx, agency, numbers)]  # fmt: skip
        findings = [*compare(ours, theirs, codes, tx.now), *compare_orders(orders, ours, theirs, codes)]
        for finding in findings:
            await self._repair(tx, row, finding)
        told = [{"drift": f.drift.value, "reference": f.reference, "number": f.number, "ours": f.ours,
                 "theirs": f.theirs, "repair": REPAIRS[f.drift]} for f in findings]  # fmt: skip
        done = {"run_id": row["run_id"], "finished_at": tx.now, "compared": len(ours), "findings": told}
        await store.save_reconciliation(tx, done)

    async def _repair(self, tx: Transaction, run: Row, finding: Finding) -> None:
        agency = run["agency"]
        if finding.drift in _HEARD_NOW and finding.news:
            await hear(tx, agency, [(finding.news, None)], self._desk)
        if finding.drift is Drift.UNLINKED and finding.reference and finding.news:
            taken = store.Taken(agency, finding.reference, finding.number, finding.news.version)
            await store.note_sent(tx, [taken], tx.now)
        action = {Drift.NEVER_ARRIVED: Action.CREATE, Drift.CLOSED_HERE: Action.CLOSE}.get(finding.drift)
        if action and finding.reference:
            await self._tell_again(tx, run, finding.reference, action)

    async def _tell_again(self, tx: Transaction, run: Row, reference: str, action: Action) -> None:
        """Run an errand again under a name of this comparison; what it would make is looked for first."""
        (row,) = await store.find_handovers(tx, run["agency"], [reference], [], [])
        body = row["body"] if action is Action.CREATE else {**row["body"], "text": "This request has ended."}
        patience = timedelta(hours=self._desk.city.adapters[run["agency"]].give_up_hours)
        key = derived_uuid("again", run["run_id"], reference)
        errand = errand_row(key, run["agency"], reference, action, body, tx.now, patience)
        await store.add_deliveries(tx, [errand | {"attempts": 1}])
