"""The columns of the file exchange: what is written for an agency, and how its own rows are read."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from adapters.domain.facts import appointment, area, place_check
from adapters.domain.news import News
from adapters.domain.order import Errand

COLUMNS: Final = (
    "delivery_id", "action", "reference", "number", "tracking_number", "type", "service", "priority", "queue",
    "opened_at", "due_at", "description", "address", "latitude", "longitude", "attributes", "photos", "details_url",
    "text", "channel", "language", "asset_id", "area", "setting", "place_check", "appointment",
)  # fmt: skip
"""What is written; `attributes` and `area` as name=value parted by semicolons, `photos` as files under `photos/`."""
WANTED: Final = ("update_id", "reference", "status", "changed_at")
"""What every row of the agency's must have; `number`, `order_number`, `reason`, `note`, `scheduled_for`, `refer_to`,
`duplicate_of` and `photos` may be there too."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def row_of(errand: Errand) -> dict[str, str]:
    """Write an errand as a row. Tested field by field."""
    order, place = errand.order, errand.order.get("place") or {}
    told = {
        "delivery_id": errand.delivery_id,
        "action": errand.action.value,
        "reference": errand.reference,
        "number": errand.number,
        "type": errand.type_code,
        "service": order.get("service_name"),
        "priority": errand.priority,
        "attributes": attributes_text(errand.fields),
        "photos": ";".join(f"{photo['photo_id']}.jpg" for photo in order.get("photos") or ()),
        **{name: place.get(name) for name in ("address", "latitude", "longitude", "asset_id", "setting")},
        "area": area(place),
        "place_check": place_check(place),
        "appointment": appointment(order),
    }
    row = {name: told.get(name, order.get(name)) for name in COLUMNS}
    return {name: safe(str(value)) if value is not None else "" for name, value in row.items()}


def attributes_text(fields: Mapping[str, Any]) -> str:
    """Write answers into one column.

    >>> attributes_text({"SIZE": "L", "WHERE": ["N", "S"]})
    'SIZE=L;WHERE=N,S'
    """
    return ";".join(f"{name}={','.join(map(str, v)) if isinstance(v, list) else v}" for name, v in fields.items())


def safe(text: str) -> str:
    """Keep a spreadsheet from taking a resident's words for a formula; a number stays one.

    >>> safe("=HYPERLINK(1)"), safe("-118.24"), safe("plain")
    ("'=HYPERLINK(1)", '-118.24', 'plain')
    """
    is_number = text.replace("-", "", 1).replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def news_of_row(row: Mapping[str | None, Any]) -> News:
    """Read a row of the agency's. Raises ValueError with a sentence.

    >>> row = {"update_id": "u-1", "reference": "T-1", "status": "done", "changed_at": "2026-03-02T09:00:00Z"}
    >>> news_of_row(row).status
    'done'
    >>> news_of_row(row | {"changed_at": "yesterday"})
    Traceback (most recent call last):
    ValueError: changed_at is 'yesterday': write a time such as 2026-03-02T09:00:00-08:00.
    >>> news_of_row({"update_id": "u-1"})
    Traceback (most recent call last):
    ValueError: reference, status, changed_at: missing; every row needs them.
    """
    missing = [name for name in WANTED if not (row.get(name) or "").strip()]
    if missing:
        raise ValueError(f"{', '.join(missing)}: missing; every row needs them.")
    if None in row:
        raise ValueError("There are more cells than columns; quote cells that hold commas.")
    said = {str(name): (value or "").strip() or None for name, value in row.items()}
    return News(
        news_id=f"file {said['update_id']}"[:200],
        status=said["status"] or "",
        at=_moment("changed_at", said["changed_at"] or ""),
        reference=said["reference"],
        number=said.get("number"),
        order_number=said.get("order_number"),
        reason=said.get("reason"),
        text=said.get("note"),
        scheduled_for=_moment("scheduled_for", str(said["scheduled_for"])) if said.get("scheduled_for") else None,
        refer_to=said.get("refer_to"),
        duplicate_of=said.get("duplicate_of"),
        photos=tuple((said.get("photos") or "").split(";")) if said.get("photos") else (),
    )


def quarantined(bad: Iterable[tuple[int, str, str]]) -> str:
    r"""Write down rows set aside: the line, the reason, and the row as it was.

    >>> quarantined([(3, "u-1,,", "reference: missing")])
    'line,reason,row\r\n3,reference: missing,"u-1,,"\r\n'
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("line", "reason", "row"))
    writer.writerows((line, why, row) for line, row, why in bad)
    return text.getvalue()


def _moment(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}: write a time such as 2026-03-02T09:00:00-08:00.") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
