"""From an agency's inbox to errands in its system: noted in the same transaction, run afterwards."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adapters import store
from adapters.domain.order import ACTIONS, ENDS, Action, order_of, reference_of
from adapters.domain.retries import State
from adapters.handlers.desk import Desk
from adapters.handlers.exceptions import exception_row
from chassis.ids import derived_uuid
from chassis.records import Received
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.routing import AgencyNotice

_ONLY_ONCE: Final = ("photos", "attributes", "place", "description", "due_at", "queue")
Heard = Received[AgencyNotice]


async def take_notices(tx: Transaction, received: Sequence[Heard], desk: Desk) -> None:
    """Hand requests over, and tell what happened to those that were; imported history is left alone."""
    by_agency: dict[str, list[Heard]] = defaultdict(list)
    for r in received:
        if not r.event_clock:
            by_agency[agency_of(r.topic)].append(r)
    for agency, notices in by_agency.items():
        await _Taking(tx, desk, agency).take(notices)


def agency_of(topic: str) -> str:
    """Name the agency of an inbox."""
    return topic.split(".")[1]


class _Taking:
    """One agency's notices of one batch."""

    def __init__(self, tx: Transaction, desk: Desk, agency: str) -> None:
        self._tx, self._desk, self._agency = tx, desk, agency
        self._patience = timedelta(hours=desk.city.adapters[agency].give_up_hours)
        self._known: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
        self._new: list[Row] = []
        self._changed: dict[str, Mapping[str, Any]] = {}
        self._ended: list[str] = []
        self._errands: list[Row] = []
        self._strange: list[Row] = []

    async def take(self, notices: Sequence[Heard]) -> None:
        for row in await store.handovers_of(self._tx, self._agency, [r.event.request_id for r in notices]):
            self._known[row["request_id"]].append(dict(row))
        for r in notices:
            order = order_of(r.event, self._desk.service_name(r.event.about.service_code), self._desk.photo_base)
            self._hand_over(r, order) if ACTIONS[r.event.kind] is Action.CREATE else self._tell(r, order)
        await store.add_handovers(self._tx, self._new)
        for reference, body in self._changed.items():
            await store.amend_handover(self._tx, self._agency, reference, body)
        await store.end_handovers(self._tx, self._agency, self._ended, self._tx.now)
        await store.add_deliveries(self._tx, self._errands)
        await store.add_exceptions(self._tx, self._strange)

    def _hand_over(self, r: Heard, order: Mapping[str, Any]) -> None:
        before = self._known[r.event.request_id]
        if any(row["assignment_id"] == r.event.assignment_id for row in before):
            return  # the same assignment told again
        row: dict[str, Any] = {
            "agency": self._agency,
            "reference": reference_of(r.event.about.tracking_number, len(before) + 1),
            "request_id": r.event.request_id,
            "assignment_id": r.event.assignment_id,
            "service_code": r.event.about.service_code,
            "is_open": True,
            "handed_at": self._told_at(r),
            "body": dict(order),
        }
        before.append(row)
        self._new.append(row)
        self._errand(r, row["reference"], Action.CREATE, order)

    def _tell(self, r: Heard, order: Mapping[str, Any]) -> None:
        known, action = self._known[r.event.request_id], ACTIONS[r.event.kind]
        own = [row for row in known if row["assignment_id"] == r.event.assignment_id]
        found = own or [row for row in known if row["is_open"]]
        if not found:
            detail = f"A notice ({r.event.kind.value}) about a request that was never handed over; look at it by hand."
            self._strange.append(
                exception_row(self._tx, self._agency, "out", "record", r.event.about.tracking_number, detail)
            )
            return
        row = found[-1]
        if action is Action.AMEND and row["is_open"]:  # what has ended keeps no words, told again or not
            row["body"] = {**row["body"], **{name: order[name] for name in _ONLY_ONCE if order.get(name)}}
            self._changed[row["reference"]] = row["body"]
        if action in ENDS:
            row["is_open"] = False
            self._ended.append(row["reference"])
        whole = {**row["body"], **{name: value for name, value in order.items() if value not in (None, [], {})}}
        self._errand(r, row["reference"], action, whole)

    def _errand(self, r: Heard, reference: str, action: Action, order: Mapping[str, Any]) -> None:
        key = derived_uuid("errand", self._agency, r.event.notice_id)
        attempts = int(self._tx.rebuilding)  # one that comes back in a rebuild counts as tried: it is looked for first
        row = errand_row(key, self._agency, reference, action, order, self._told_at(r), self._patience)
        self._errands.append(row | {"attempts": attempts, "traceparent": r.traceparent})

    def _told_at(self, r: Heard) -> datetime:
        """Tell when a notice was heard; what a rebuild reads again was heard when it was written."""
        return r.at if self._tx.rebuilding else self._tx.now


def errand_row(
    delivery_id: UUID,
    agency: str,
    reference: str,
    action: Action,
    order: Mapping[str, Any],
    at: datetime,
    patience: timedelta,
) -> dict[str, Any]:
    """Write an errand down that is to be run from a moment on."""
    return {
        "delivery_id": delivery_id,
        "agency": agency,
        "reference": reference,
        "action": action.value,
        "body": dict(order),
        "state": State.OPEN.value,
        "attempts": 0,
        "made_at": at,
        "next_attempt_at": at,
        "give_up_at": at + patience,
        "traceparent": None,
    }
