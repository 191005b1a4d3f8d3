"""Maintenance orders as SAP shows them: read by when they changed, and when a notification comes to name one."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.domain.news import News, OrderFacts
from adapters.gateways.odata import Lines, Listing, OData, changed_at, quoted, when
from adapters.gateways.reading import news_id_of

ORDERS: Final = Listing(
    "API_MAINTENANCEORDER/MaintenanceOrder", "MaintenanceOrder", 100, expand="to_MaintOrderObjectListItem"
)
OVERLAP: Final = timedelta(minutes=5)
"""Read again what changed so lately: a change is dated before it is saved, and a number may not have been known yet."""
PAGES: Final = 10
"""How many pages of changes are read in one turn; the next goes on behind them."""
_NAMED: Final = 50
"""How many orders are asked for by their numbers in one call."""


class SapOrders:
    """Reads the orders of one plant. Those that work on nothing of ours are read too, and not heard."""

    def __init__(self, odata: OData, plant: str | None) -> None:
        self._odata = odata
        self._wanted = f"MaintenancePlanningPlant eq {quoted(plant)}" if plant else ""

    async def read(self, begin: datetime | None, notifications: Lines) -> tuple[Sequence[News], datetime | None]:
        """Read orders that changed since a moment, and those that these notifications name. Raises Unreadable.

        The first time, that is since the oldest of the notifications was made. Returns from where to read on.
        """
        begin = begin or min(map(_made, notifications), default=None)
        if begin is None:
            return (), None
        found = await self._odata.changed(ORDERS, self._wanted, begin, PAGES)
        newest = found.newest() or begin
        return await self._all(found.lines, notifications), max(begin, newest - OVERLAP) if found.is_whole else newest

    async def list_all(self, since: datetime, notifications: Lines) -> Sequence[News]:
        """Read every order that changed since, and those that these notifications name. Raises Unreadable."""
        return await self._all((await self._odata.changed(ORDERS, self._wanted, since)).lines, notifications)

    async def _all(self, lines: Lines, notifications: Lines) -> Sequence[News]:
        """Add the orders that notifications name to those that changed; one without a moment has the notification's."""
        named = {str(one["MaintenanceOrder"]): changed_at(one) for one in notifications if one.get("MaintenanceOrder")}
        more = await self._named(named.keys() - {str(one["MaintenanceOrder"]) for one in lines})
        dated = [(one, changed_at(one) or named.get(str(one["MaintenanceOrder"]))) for one in (*lines, *more)]
        return [_news(line, at) for line, at in dated if at]

    async def _named(self, numbers: Collection[str]) -> Lines:
        found: Lines = []
        wanted_numbers = sorted(numbers)
        for first in range(0, len(wanted_numbers), _NAMED):
            some = wanted_numbers[first : first + _NAMED]
            wanted = " or ".join(f"MaintenanceOrder eq {quoted(number)}" for number in some)
            parameters = {"$filter": wanted, "$expand": ORDERS.expand or ""}
            found += await self._odata.results(ORDERS.path, ORDERS.page, **parameters)
        return found


def _made(notification: Mapping[str, Any]) -> datetime:
    return when(notification.get("NotificationCreationDate") or notification["LastChangeDateTime"])


def _news(line: Mapping[str, Any], at: datetime) -> News:
    number, status = str(line["MaintenanceOrder"]), " ".join(str(line.get("SystemStatusText") or "").split())
    records, starts_at = _records(line), _moment(line, "MaintOrdBasicStartDateTime")
    said = f"{starts_at} {' '.join(records)}"
    return News(
        news_id=news_id_of(f"order {number}", status, at, said),
        status=status,
        at=at,
        order_number=number,
        scheduled_for=starts_at,
        order=OrderFacts(
            type=str(line.get("MaintenanceOrderType") or ""),
            records=records,
            ends_at=_moment(line, "MaintOrdBasicEndDateTime"),
        ),
    )


def _records(line: Mapping[str, Any]) -> tuple[str, ...]:
    """List the notifications of an order: the one of its header, and those on its object list."""
    listed = (line.get("to_MaintOrderObjectListItem") or {}).get("results") or ()
    numbers = [line.get("MaintenanceNotification"), *(item.get("MaintenanceNotification") for item in listed)]
    return tuple(dict.fromkeys(str(number) for number in numbers if number))


def _moment(line: Mapping[str, Any], name: str) -> datetime | None:
    return when(line[name]) if line.get(name) else None
