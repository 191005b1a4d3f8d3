"""Made-up systems work as real ones would: SAP plans an order, releases it, works it off and completes it."""

from pathlib import Path

from relay311_drivers.systems.orders import LIFE, PlannedBook, shown
from relay311_drivers.systems.sap import SapGateway


def gateway(folder: Path) -> SapGateway:
    """Open a system of one plant, with what its files hold."""
    return SapGateway(PlannedBook("engineering", "E", folder, "3100"))


def test_a_notification_gets_an_order_that_is_worked_off_before_it_is_done(tmp_path: Path) -> None:
    sap = gateway(tmp_path)
    record = sap.book.add("T-1", "WALK", {})
    seen = []
    while not record.ended:
        sap.book.step(record)
        (order,) = sap.book.orders.orders.values()
        seen.append((record.stage, order.status))
    assert seen[:-1] == [("working", line) for line in LIFE[:3]]
    assert (seen[-1][0] in {"done", "closed"}, seen[-1][1]) == (True, LIFE[3])
    assert record.job == order.number
    again = gateway(tmp_path)
    assert again.book.orders.orders == sap.book.orders.orders, "a kill lost an order"


def test_an_object_list_is_shown_where_it_is_asked_for(tmp_path: Path) -> None:
    sap = gateway(tmp_path)
    numbers = [sap.book.add(reference, "WALK", {}).number for reference in ("T-1", "T-2")]
    order = sap.book.orders.put("4000001", {"notifications": numbers})
    listed = shown(order, whole=True)["to_MaintOrderObjectListItem"]["results"]
    assert [item["MaintenanceNotification"] for item in listed] == numbers
    assert "results" not in shown(order, whole=False)["to_MaintOrderObjectListItem"]
    assert {record.job for record in sap.book.records.values()} == {"4000001"}
