"""Queries of the work desk: an agency's own parts, and what changed of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads

_ITEM: Final = """
SELECT a.assignment_id, a.request_id, a.substatus, a.ended, a.queue, a.crew, a.priority, a.scheduled_for, a.since,
  a.assigned_at, a.change, r.tracking_number, r.service_code, r.language, r.description, r.address, r.latitude,
  r.longitude, r.area, r.asset_id, r.setting, r.attributes, r.opened_at, r.updated_at, r.reopen_count,
  r.parent_request_id, r.contact_refs <> '' AS has_contact, p.due_at, p.deadline_at, p.expected_at, d.comment_ref,
  d.asked_by
FROM assignment a JOIN request r USING (request_id) LEFT JOIN promise p USING (request_id)
LEFT JOIN LATERAL (SELECT comment_ref, asked_by FROM dispute WHERE dispute.request_id = r.request_id
  AND r.reopen_count > 0 AND dispute.state = 'reopened' ORDER BY decided_at DESC LIMIT 1) d ON true
"""
_QUEUE: Final = (
    _ITEM
    + """
WHERE a.agency = $1 AND NOT a.ended
  AND ($2::text[] IS NULL OR a.substatus = ANY($2)) AND ($3::text[] IS NULL OR r.service_code = ANY($3))
  AND ($4::text IS NULL OR a.queue = $4) AND ($5::text IS NULL OR a.crew = $5)
  AND ($6::boolean IS NULL OR a.priority = $6) AND ($7::timestamptz IS NULL OR coalesce(p.deadline_at, p.due_at) < $7)
  AND ($8::timestamptz IS NULL OR a.scheduled_for < $8)
  AND ($9::boolean IS NULL OR (NOT a.priority, a.assigned_at, a.assignment_id) > ($9, $10, $11))
ORDER BY NOT a.priority, a.assigned_at, a.assignment_id LIMIT $12
"""
)
_CHANGES: Final = (
    _ITEM
    + """
WHERE a.agency = $1 AND (a.change, a.assignment_id) > ($2, $3) AND a.change >= $2 AND a.change < $4
  AND ($2 > 0 OR NOT a.ended)
ORDER BY a.change, a.assignment_id LIMIT $5
"""
)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which of its open parts an agency wants to see."""

    substatuses: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    queue: str | None = None
    crew: str | None = None
    priority: bool | None = None
    due_before: datetime | None = None
    scheduled_before: datetime | None = None
    after: tuple[bool, datetime, UUID] | None = None
    limit: int = 50


async def queue_of(reads: Reads, agency: str, wish: Wish) -> list[Row]:
    """List an agency's open parts, what came back first, then the oldest."""
    late, at, last = wish.after or (None, None, None)
    return await reads.sql(
        _QUEUE,
        agency,
        wish.substatuses and list(wish.substatuses),
        wish.services and list(wish.services),
        wish.queue,
        wish.crew,
        wish.priority,
        wish.due_before,
        wish.scheduled_before,
        late,
        at,
        last,
        wish.limit,
    )


async def horizon(reads: Reads) -> int:
    """Tell before which transaction all have ended: what a later one writes is seen the next time."""
    (row,) = await reads.sql("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS n")
    return int(row["n"])


async def changes_of(reads: Reads, agency: str, after: tuple[int, UUID], before: int, limit: int) -> list[Row]:
    """List an agency's parts that changed since, those that ended included."""
    return await reads.sql(_CHANGES, agency, *after, before, limit)


async def item_of(reads: Reads, agency: str, assignment_id: UUID) -> Row | None:
    """Read one of an agency's parts."""
    found = await reads.sql(_ITEM + "WHERE a.agency = $1 AND a.assignment_id = $2", agency, assignment_id)
    return found[0] if found else None


async def owners_of(reads: Reads, assignment_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Tell whose parts these are, and of which requests."""
    rows = await reads.sql(
        "SELECT assignment_id, request_id, agency FROM assignment WHERE assignment_id = ANY($1::uuid[])", assignment_ids
    )
    return {row["assignment_id"]: row for row in rows}
