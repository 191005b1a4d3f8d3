"""What a crew sees: its queue, one assignment, and what changed since it looked last."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.errors import invalid, not_found
from chassis.sql import Row
from chassis.transaction import Reads
from contracts.intake import Photo
from contracts.vocabulary import Substatus
from intake import store
from intake.domain.agencies.workdesk import desk_steps
from intake.domain.life.case import Part
from intake.handlers.desk import Desk, Facts
from intake.store.agencies import workdesk
from intake.store.agencies.workdesk import Wish

_LAST: Final = UUID(int=2**128 - 1)
_FIRST: Final = UUID(int=0)
_HIDDEN: Final = frozenset({"language", "parent_request_id", "asked_by", "comment_ref"})


async def show_queue_of(reads: Reads, agency: str, wish: Wish, cursor: str | None, desk: Desk) -> Facts:
    """Show an agency's open assignments: what came back first, then the oldest."""
    rows = await workdesk.queue_of(reads, agency, replace(wish, after=_read_place(cursor)))
    last = rows[-1] if len(rows) == wish.limit else None
    place = last and f"{int(not last['priority'])}|{last['assigned_at'].isoformat()}|{last['assignment_id']}"
    return {"items": await _items(reads, rows, desk), "next": _coded(place) if place else None}


async def show_changes(reads: Reads, agency: str, cursor: str | None, limit: int, desk: Desk) -> Facts:
    """Show which of an agency's assignments changed since the cursor; without one, all that are open.

    Nothing is ever left out: what a transaction still under way writes comes with the next call.
    """
    before = await workdesk.horizon(reads)
    rows = await workdesk.changes_of(reads, agency, _read_change(cursor), before, limit)
    more = len(rows) == limit
    change, last = (rows[-1]["change"], rows[-1]["assignment_id"]) if more else (before - 1, _LAST)
    return {
        "items": await _items(reads, [row for row in rows if not row["ended"]], desk),
        "gone": [row["assignment_id"] for row in rows if row["ended"]],
        "cursor": _coded(f"{change}|{last}"),
        "more": more,
    }


async def show_item(reads: Reads, agency: str, assignment_id: UUID, desk: Desk) -> Facts:
    """Show one of an agency's own assignments that still runs."""
    row = await workdesk.item_of(reads, agency, assignment_id)
    if row is None or row["ended"]:
        raise not_found("assignment of yours that runs")
    (item,) = await _items(reads, [row], desk)
    return item


async def _items(reads: Reads, rows: Sequence[Row], desk: Desk) -> list[Facts]:
    photos = await store.photos_of(reads, [row["request_id"] for row in rows]) if rows else {}
    return [_item(row, photos, desk) for row in rows]


def _item(row: Row, photos: Mapping[UUID, Sequence[Photo]], desk: Desk) -> Facts:
    part = Part(row["assignment_id"], "", Substatus(row["substatus"]), row["ended"])
    shown = {name: row[name] for name in row.keys() if name not in _HIDDEN}  # noqa: SIM118 - a record's
    details = f"{desk.intake_base_url}/requests/{row['tracking_number']}/details"
    said = desk.words_url(row["comment_ref"]) if row["asked_by"] == "survey" else details
    return shown | {
        "service_name": desk.city.service_name(row["service_code"]).root,
        "requester_language": row["language"],
        "photos": [desk.shown_photo(photo) for photo in photos.get(row["request_id"], ())],
        "steps": list(desk_steps(part)),
        "details_url": details,
        "words_url": said if row["comment_ref"] else None,
    }


def _coded(place: str) -> str:
    return urlsafe_b64encode(place.encode()).decode()


def _read_place(cursor: str | None) -> tuple[bool, datetime, UUID] | None:
    if cursor is None:
        return None
    try:
        late, at, last = urlsafe_b64decode(cursor.encode()).decode().split("|")
        return late == "1", datetime.fromisoformat(at), UUID(last)
    except ValueError:
        raise invalid([{"field": "cursor", "problem": "This is no cursor of ours; take it from `next`."}]) from None


def _read_change(cursor: str | None) -> tuple[int, UUID]:
    if cursor is None:
        return 0, _FIRST
    try:
        change, last = urlsafe_b64decode(cursor.encode()).decode().split("|")
        number = int(change)
        return min(max(number, 0), 2**62), UUID(last)
    except ValueError:
        raise invalid([{"field": "cursor", "problem": "This is no cursor of ours; take it from `cursor`."}]) from None
