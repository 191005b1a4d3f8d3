"""The book of closings: each closing is a line for ever, and says later when it turned out wrong."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.transaction import Transaction
from contracts.intake import RequestClosed
from intake import store


class ClosureBook:
    """The closings and reopenings of one transaction."""

    def __init__(self) -> None:
        self._lines: dict[UUID, dict[str, Any]] = {}
        self._reopened: dict[UUID, datetime] = {}

    def closed(self, event: RequestClosed, *, with_parent: bool, imported: bool) -> None:
        """Write a closing down."""
        self._lines[event.closure_id] = {
            "closure_id": event.closure_id,
            "request_id": event.request_id,
            "service_code": event.about.service_code,
            "agencies": " ".join(event.agencies),
            "disposition": event.disposition.value,
            "closed_by": event.closed_by,
            "door": event.door,
            "confirmed_by": event.confirmed_by,
            "with_parent": with_parent,
            "imported": imported,
            "opened_at": event.about.opened_at,
            "closed_at": event.closed_at,
            "reopened_at": None,
            "sameness": None,
        }

    def mark(self, closure_id: UUID, same: int | None) -> None:
        """Say by which name closings alike are counted."""
        self._lines[closure_id]["sameness"] = same

    def reopened(self, closure_id: UUID, at: datetime) -> None:
        """Note that a closing turned out wrong."""
        if closure_id in self._lines:
            self._lines[closure_id]["reopened_at"] = at
        else:
            self._reopened[closure_id] = at

    async def save(self, tx: Transaction) -> None:
        """Write everything back; costs nothing where nothing was closed."""
        await tx.insert(store.endings.Closure, list(self._lines.values()))
        await store.endings.set_reopened(tx, self._reopened)
