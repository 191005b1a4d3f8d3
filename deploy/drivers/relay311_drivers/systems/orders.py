"""Maintenance orders of a made-up SAP: planned over one notification or several, worked off, or called off."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from relay311_drivers.systems.book import Book, Record
from relay311_drivers.systems.odata import asked_for, moment

LIFE: Final = ("CRTD MANC NMAT", "REL  MANC NMAT PRC", "REL  PCNF MANC NMAT PRC", "TECO CNF  MANC NMAT PRC SETC")
"""The status lines of an order, from its planning to its technical completion."""
_LEAD: Final = timedelta(days=2)
"""How long before the work an order is made."""


@dataclass(slots=True)
class Order:
    """One order. The first of its notifications is that of its header; all of them are on its object list."""

    number: str
    plant: str
    type: str = "PM01"
    status: str = LIFE[0]
    notifications: list[str] = field(default_factory=list)
    start: str = ""
    end: str = ""
    changed_at: str = ""


class Orders:
    """The orders of one plant, kept in a file beside the notifications they work on."""

    def __init__(self, book: Book, plant: str, path: Path | None) -> None:
        self._book, self._plant, self._path = book, plant, path
        self.orders: dict[str, Order] = {}
        if path and path.exists():
            lines = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.endswith(b"}")]
            self.orders = {one["number"]: Order(**one) for one in lines}

    def routes(self, base: str) -> list[Route]:
        """Open the doors."""
        return [Route(f"{base}/API_MAINTENANCEORDER/MaintenanceOrder", self.list_orders)]

    async def list_orders(self, request: Request) -> Response:
        """List orders that a filter lets through, oldest change first, page by page."""
        if self._book.fault("orders_busy") and not self._book.faults["orders_busy"]:
            return JSONResponse({"error": "busy"}, 503)  # the last of so many calls
        asked = asked_for(request.query_params)
        named = {value for name, value in asked.equals if name == "MaintenanceOrder"}
        plants = {value for name, value in asked.equals if name == "MaintenancePlanningPlant"}
        found = [one for one in self.orders.values() if (not named or one.number in named)
                 and (not plants or one.plant in plants)
                 and (not asked.since or (one.changed_at and _at(one) >= asked.since))]  # fmt: skip
        found.sort(key=lambda one: (one.changed_at, one.number))
        whole = "to_MaintOrderObjectListItem" in request.query_params.get("$expand", "")
        return JSONResponse({"d": {"results": [shown(one, whole=whole) for one in found[asked.page]]}})

    def plan(self, record: Record) -> Order:
        """Make an order for a notification."""
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + _LEAD
        end = start + timedelta(hours=4)
        return self.put(f"4{record.number[1:]}", {"notifications": [record.number], "start": start.isoformat(),
                                                  "end": end.isoformat()})  # fmt: skip

    def put(self, number: str, change: Mapping[str, Any]) -> Order:
        """Make or change an order, and put it at the notifications it works on.

        With `changed_at` that happened then, and unseen: no notification is touched.
        """
        order = self.orders.setdefault(number, Order(number, self._plant))
        for name, value in change.items():
            setattr(order, name, value)
        if "changed_at" not in change:
            order.changed_at = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._assign(order)
        if self._path:
            with self._path.open("ab") as file:
                file.write(orjson.dumps(asdict(order)) + b"\n")
        return order

    def clear(self) -> None:
        """Forget everything."""
        self.orders = {}
        if self._path:
            self._path.unlink(missing_ok=True)

    def _assign(self, order: Order) -> None:
        for number in order.notifications:
            record = self._book.records.get(number)
            if record is not None and record.job is None:
                record.job, record.stage = order.number, "working"
                self._book.changed(record)


class PlannedBook(Book):
    """The notifications of a plant that plans an order for each: work goes on as its order does."""

    def __init__(self, name: str, prefix: str, folder: Path, plant: str) -> None:
        super().__init__(name, prefix, folder)
        self.orders = Orders(self, plant, folder / f"{name}-orders.jsonl")

    def clear(self) -> None:
        """Forget everything, the orders too."""
        super().clear()
        self.orders.clear()

    def step(self, record: Record) -> None:
        """Do the next step of the work: its order is planned, released, worked off, and completed with it."""
        order = self.orders.orders.get(record.job or "")
        if order is None or order.status == LIFE[-2]:
            super().step(record)
        if order is None and not record.ended:
            record.job = None
            self.orders.plan(record)
        elif order is not None:
            after = LIFE[min(LIFE.index(order.status) + 1, len(LIFE) - 1)]
            self.orders.put(order.number, {"status": after})


def _at(order: Order) -> datetime:
    return datetime.fromisoformat(order.changed_at)


def shown(order: Order, *, whole: bool) -> dict[str, Any]:
    """Show an order as the interface does; its object list only where that is asked for."""
    listed = [{"MaintenanceOrder": order.number, "MaintenanceObjectListItem": nth, "MaintenanceNotification": number}
              for nth, number in enumerate(order.notifications, 1)]  # fmt: skip
    uri = f"MaintenanceOrder('{order.number}')/to_MaintOrderObjectListItem"
    return {
        "MaintenanceOrder": order.number,
        "MaintenanceOrderType": order.type,
        "MaintenanceOrderDesc": "Work on what was reported",
        "MaintenancePlanningPlant": order.plant,
        "MaintenanceNotification": next(iter(order.notifications), ""),
        "MaintOrdBasicStartDateTime": _moment(order.start),
        "MaintOrdBasicEndDateTime": _moment(order.end),
        "SystemStatusText": order.status,
        "LastChangeDateTime": _moment(order.changed_at) or "",
        "to_MaintOrderObjectListItem": {"results": listed} if whole else {"__deferred": {"uri": uri}},
    }


def _moment(text: str) -> str | None:
    return moment(datetime.fromisoformat(text)) if text else None
