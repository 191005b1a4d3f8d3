"""Queries on requests and what hangs on them; each takes a whole batch."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, literal, or_, select

from chassis.sql import Row, table_of
from chassis.transaction import Reads
from intake.store.tables import Request

_STATE = """
SELECT request_id, tracking_number, service_code, language, contact_refs, channel, opened_at, on_event_clock, substatus,
  paused, reopen_count, closure, updated_sequence, closed_sequence, reopened_sequence, parent_request_id, followers,
  area, pg_current_xact_id()::text::bigint AS change
FROM request WHERE request_id = ANY($1::uuid[]) ORDER BY request_id FOR UPDATE
"""
_PARTS = """
SELECT assignment_id, request_id, agency, substatus, ended, outcome, assigned_at, queue, crew, priority, scheduled_for,
  since FROM assignment
WHERE request_id = ANY($1::uuid[]) ORDER BY assigned_at, assignment_id
"""
_KNOWN_REPORTS = """
SELECT agency, assignment_id, update_id FROM report JOIN unnest($1::text[], $2::uuid[], $3::text[])
  AS given(agency, assignment_id, update_id) USING (agency, assignment_id, update_id)
"""
_WAITING = """
UPDATE report SET body = NULL FROM (SELECT agency, assignment_id, update_id, body FROM report
  WHERE assignment_id = ANY($1::uuid[]) AND body IS NOT NULL FOR UPDATE) AS waiting
WHERE report.agency = waiting.agency AND report.assignment_id = waiting.assignment_id
  AND report.update_id = waiting.update_id
RETURNING report.assignment_id, report.agency, report.update_id, report.arrived, report.at, waiting.body
"""
_SUBMITTED = """
SELECT s.submitter, s.submission_key, s.request_id, r.tracking_number, r.service_code
FROM submission s JOIN unnest($1::text[], $2::text[]) AS g(submitter, submission_key) USING (submitter, submission_key)
JOIN request r USING (request_id)
"""
_ONE = "SELECT * FROM request WHERE request_id = $1"


async def lock_requests(reads: Reads, request_ids: Sequence[UUID]) -> list[Row]:
    """Lock the rows of these requests, always in the same order, and read their state."""
    return await reads.sql(_STATE, sorted(set(request_ids)))


async def assignments_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, list[Row]]:
    """Read every assignment of these requests, oldest first."""
    return _by_request(await reads.sql(_PARTS, request_ids))


async def reports_known(reads: Reads, keys: Sequence[tuple[str, UUID, str]]) -> set[tuple[str, UUID, str]]:
    """Tell which updates (agency, assignment, update) were taken or wait already."""
    rows = await reads.sql(_KNOWN_REPORTS, *[list(column) for column in zip(*keys, strict=True)])
    return {(row["agency"], row["assignment_id"], row["update_id"]) for row in rows}


async def waiting_reports(reads: Reads, assignment_ids: Sequence[UUID]) -> Mapping[UUID, list[Row]]:
    """Take the updates that waited for these assignments, in the order they came."""
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in sorted(await reads.sql(_WAITING, assignment_ids), key=lambda row: row["arrived"]):
        found[row["assignment_id"]].append(row)
    return found


async def submitted(reads: Reads, keys: Sequence[tuple[str, str]]) -> Mapping[tuple[str, str], Row]:
    """Find the requests that published reports have already become."""
    rows = await reads.sql(_SUBMITTED, *[list(column) for column in zip(*keys, strict=True)])
    return {(row["submitter"], row["submission_key"]): row for row in rows}


async def promises_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Read the latest promise of each request."""
    rows = await reads.sql("SELECT * FROM promise WHERE request_id = ANY($1::uuid[])", request_ids)
    return {row["request_id"]: row for row in rows}


async def request_ids_of(reads: Reads, numbers: Sequence[str], outside: Sequence[str]) -> Mapping[str, UUID]:
    """Find requests by tracking number, or by the number another system knows them by (the newest of that number)."""
    rows = await reads.sql(
        "SELECT external_id AS number, request_id FROM external_id WHERE external_id = ANY($2::text[])"
        " UNION ALL SELECT tracking_number, request_id FROM request WHERE tracking_number = ANY($1::text[])"
        " ORDER BY request_id",
        numbers,
        outside,
    )
    return {row["number"]: row["request_id"] for row in rows}


async def show_request(reads: Reads, request_id: UUID) -> Row | None:
    """Read one request."""
    found = await reads.sql(_ONE, request_id)
    return found[0] if found else None


async def show_requests(reads: Reads, request_ids: Sequence[UUID]) -> list[Row]:
    """Read some requests."""
    return await reads.sql("SELECT * FROM request WHERE request_id = ANY($1::uuid[])", sorted(set(request_ids)))


async def timeline_of(reads: Reads, request_id: UUID) -> list[Row]:
    """Read what happened to a request, in order of time."""
    return await reads.sql("SELECT at, kind, detail FROM timeline WHERE request_id = $1 ORDER BY at, id", request_id)


@dataclass(frozen=True, slots=True)
class Search:
    """What to list: a box (west, south, east, north), services, a status, opened since, from where on, an area."""

    limit: int
    bbox: tuple[float, float, float, float] | None = None
    services: tuple[str, ...] = ()
    status: str | None = None
    since: datetime | None = None
    before: tuple[datetime, UUID] | None = None
    area: tuple[str, str] | None = None


async def list_requests(reads: Reads, search: Search) -> list[Row]:
    """List requests, newest first."""
    return await reads.rows(listing(search))


def listing(search: Search) -> Select[Any]:
    """Say what to list, newest first."""
    table = table_of(Request)
    columns = table.c
    statement = select(table).order_by(columns.opened_at.desc(), columns.request_id.desc())
    if search.bbox:
        west, south, east, north = search.bbox
        statement = statement.where(columns.latitude.between(south, north), columns.longitude.between(west, east))
    if search.services:
        statement = statement.where(columns.service_code.in_(search.services))
    if search.status:
        closed = columns.substatus == "closed"
        statement = statement.where(closed if search.status == "closed" else ~closed)
    if search.area:
        kind, area = search.area
        statement = statement.where(columns.area[literal(kind, literal_execute=True)].astext == area)
    if search.since:
        statement = statement.where(columns.opened_at >= search.since)
    if search.before:
        at, last = search.before
        older = and_(columns.opened_at == at, columns.request_id < last)
        statement = statement.where(or_(columns.opened_at < at, older))
    return statement.limit(search.limit)


async def disputes_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, list[Row]]:
    """Read every dispute of these requests."""
    return _by_request(await reads.sql("SELECT * FROM dispute WHERE request_id = ANY($1::uuid[])", request_ids))


async def lock_disputes(reads: Reads, dispute_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Lock and read disputes."""
    rows = await reads.sql(
        "SELECT * FROM dispute WHERE dispute_id = ANY($1::uuid[]) ORDER BY dispute_id FOR UPDATE", dispute_ids
    )
    return {row["dispute_id"]: row for row in rows}


async def list_disputes(reads: Reads, state: str, limit: int) -> list[Row]:
    """List disputes, oldest first, with their request's number."""
    return await reads.sql(
        "SELECT d.*, r.tracking_number, r.service_code, r.reopen_count, r.closure FROM dispute d"
        " JOIN request r USING (request_id) WHERE d.state = $1 ORDER BY d.at LIMIT $2",
        state,
        limit,
    )


async def articles(reads: Reads) -> list[Row]:
    """Read title and services of every article that residents may see."""
    return await reads.sql("SELECT article_id, version, title, services FROM article WHERE shown ORDER BY article_id")


def service_articles(rows: Sequence[Row]) -> Mapping[str, list[dict[str, Any]]]:
    """Sort articles by the services they explain."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        for service in row["services"].split():
            found[service].append({"article_id": row["article_id"], "title": row["title"]})
    return found


def _by_request(rows: Sequence[Row]) -> Mapping[UUID, list[Row]]:
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["request_id"]].append(row)
    return found
