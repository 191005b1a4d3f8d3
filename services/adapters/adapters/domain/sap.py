"""A request as a maintenance notification: short text, long text, items, and our reference."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from adapters.domain.facts import fitted, lines_of
from adapters.domain.order import Errand

LONG: Final = "MaintNotifLongTextForEdit"
WHOLE: Final = "MaintNotificationLongText"
REFERENCE: Final = "MaintNotifExtReferenceNumber"
SHORT_MOST, LONG_MOST, PLACE_MOST = 40, 1333, 50
"""How long the interface lets a short text, the long text and a place be."""


def notification_of(errand: Errand, parameters: Mapping[str, str]) -> dict[str, Any]:
    """Write a notification with its items, to be inserted in one call. Tested field by field."""
    order, place = errand.order, errand.order.get("place") or {}
    items = [{"MaintNotifItemText": answer[:SHORT_MOST]} for answer in _answers(errand)]
    group = parameters.get("code_group")
    return {
        "NotificationType": parameters.get("notification_type", "M1"),
        "MaintenancePlanningPlant": parameters.get("plant", ""),
        "ReportedByUser": parameters.get("user", "RELAY311"),
        REFERENCE: errand.reference,
        "NotificationText": f"{order.get('service_name') or errand.type_code}"[:SHORT_MOST],
        "MaintNotificationCode": errand.type_code,
        **({"MaintNotificationCodeGroup": group} if group else {}),
        "MaintPriority": errand.priority,
        "NotificationCreationDate": day(order.get("opened_at")),
        "NotificationCreationTime": clock(order.get("opened_at")),
        "MaintNotifRqdEndDateTime": moment(order.get("due_at")),
        "LocationDescription": (place.get("address") or "")[:PLACE_MOST],
        LONG: append(long_text(errand, LONG_MOST - len(_mark(errand))), errand),
        "to_Item": items,
    }


def long_text(errand: Errand, room: int = LONG_MOST) -> str:
    r"""Say in words what has no field, or not all of it: the facts, and the resident's words as far as there is room.

    >>> from datetime import datetime
    >>> from adapters.domain.order import Action
    >>> order = {"description": "A deep hole.", "place": {"asset_id": "LIGHT-7", "verified": True}}
    >>> errand = Errand("e-7", Action.CREATE, "T-1", "10", None, 0, "P", "3", {}, order, datetime.min)
    >>> long_text(errand)
    'A deep hole.\nAsset: LIGHT-7\nPlace check: verified'
    """
    place = errand.order.get("place") or {}
    fits = len(place.get("address") or "") <= PLACE_MOST
    cut = [one for one in _answers(errand) if len(one) > SHORT_MOST]
    elsewhere = ("priority", "more_photos", *(("address",) if fits else ()))
    return fitted(errand.order.get("description"), [*cut, *lines_of(errand, elsewhere)], room)


def moment(text: str | None) -> str | None:
    """Write a moment as OData v2 does.

    >>> moment("2026-03-02T10:00:00Z"), moment(None)
    ('/Date(1772445600000+0000)/', None)
    """
    return f"/Date({int(datetime.fromisoformat(text).timestamp() * 1000)}+0000)/" if text else None


def day(text: str | None) -> str | None:
    """Write the day of a moment, in universal time.

    >>> day("2026-03-02T10:00:00Z")
    '/Date(1772409600000)/'
    """
    if not text:
        return None
    midnight = datetime.fromisoformat(text).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return f"/Date({int(midnight.timestamp() * 1000)})/"


def clock(text: str | None) -> str | None:
    """Write the time of day of a moment, in universal time.

    >>> clock("2026-03-02T10:05:00Z")
    'PT10H05M00S'
    """
    return f"{datetime.fromisoformat(text).astimezone(UTC):PT%HH%MM%SS}" if text else None


def append(text: str, errand: Errand) -> str:
    r"""Add an errand's words to a long text, under its own id, so that a second time is known.

    >>> from datetime import datetime
    >>> from adapters.domain.order import Action
    >>> errand = Errand("e-7", Action.MESSAGE, "T-1", "10", None, 0, "P", "3", {}, {"text": "Call first."},
    ...     datetime.min)
    >>> append("A hole.", errand)
    'A hole.\nCall first. [relay311 e-7]'
    """
    said = f"{errand.text[: LONG_MOST // 2]}{_mark(errand)}".strip()
    return f"{text[: LONG_MOST - len(said) - 1]}\n{said}" if text else said


def _answers(errand: Errand) -> list[str]:
    return [f"{name}: {_said(value)}" for name, value in sorted(errand.fields.items())]


def _mark(errand: Errand) -> str:
    return f" [relay311 {errand.delivery_id}]"


def _said(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
