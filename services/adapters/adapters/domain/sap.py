"""A request as a maintenance notification: short text, long text, items, and our reference."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.domain.order import Errand

LONG: Final = "MaintNotifLongTextForEdit"
_SHORT: Final = 40


def notification_of(errand: Errand, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Write a notification with its items, to be inserted in one call. Tested field by field."""
    order, place = errand.order, errand.order.get("place") or {}
    items = [
        {"MaintNotifItmSortNmbr": f"{nth:04}", "MaintNotificationItemCode": name, "MaintNotifItemText": _said(value)}
        for nth, (name, value) in enumerate(sorted(errand.fields.items()), 1)
    ]
    return {
        "NotificationType": parameters.get("notification_type", "M1"),
        "MaintenancePlanningPlant": parameters.get("plant", ""),
        "ReportedByUser": parameters.get("user", "RELAY311"),
        "ExternalReference": errand.reference,
        "NotificationText": f"{order.get('service_name') or errand.type_code}"[:_SHORT],
        "MaintNotificationCode": errand.type_code,
        "MaintPriority": errand.priority,
        "MaintNotificationDateTime": order.get("opened_at"),
        "RequiredEndDateTime": order.get("due_at"),
        "MainWorkCenter": order.get("queue"),
        "LocationAddress": place.get("address"),
        "Latitude": place.get("latitude"),
        "Longitude": place.get("longitude"),
        LONG: append(long_text(errand), errand),
        "to_Item": items,
    }


def long_text(errand: Errand) -> str:
    """Say in words what has no field: the resident's words, and the link to what may not travel."""
    order = errand.order
    lines = (order.get("description"), order.get("details_url") and f"Details: {order['details_url']}")
    return "\n".join(line for line in lines if line)


def append(text: str, errand: Errand) -> str:
    r"""Add an errand's words to a long text, under its own id, so that a second time is known.

    >>> from datetime import datetime
    >>> from adapters.domain.order import Action
    >>> errand = Errand("e-7", Action.MESSAGE, "T-1", "10", None, 0, "P", "3", {}, {"text": "Call first."},
    ...     datetime.min)
    >>> append("A hole.", errand)
    'A hole.\nCall first. [relay311 e-7]'
    """
    said = f"{errand.text} [relay311 {errand.delivery_id}]".strip()
    return f"{text}\n{said}" if text else said


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
