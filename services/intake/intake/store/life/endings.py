"""How requests were closed, which updates were refused, and which closings wait for a second person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads
from intake.store.tables import Base

_MOMENT = DateTime(timezone=True)


class Closure(Base, table=True):
    """One closing, for ever; `sameness` names what an agency said, while closings alike are counted."""

    __tablename__ = "closure"
    __table_args__ = (
        Index("closure_alike", "sameness", "closed_at", postgresql_where=text("sameness IS NOT NULL")),
        Index("closure_by_time", "closed_at", postgresql_using="brin"),
    )

    closure_id: UUID = Field(primary_key=True)
    request_id: UUID
    service_code: str
    agencies: str
    disposition: str
    closed_by: str
    door: str | None
    confirmed_by: str | None
    with_parent: bool
    imported: bool
    opened_at: datetime = Field(sa_type=_MOMENT)
    closed_at: datetime = Field(sa_type=_MOMENT)
    reopened_at: datetime | None = Field(sa_type=_MOMENT)
    sameness: int | None = Field(sa_column=Column(BigInteger))


class Refused(Base, table=True):
    """An agency's update that broke a rule."""

    __tablename__ = "refusal"
    __table_args__ = (Index("refusal_by_time", "at", postgresql_using="brin"),)

    refusal_id: str = Field(primary_key=True)
    agency: str
    code: str
    door: str
    request_id: UUID
    assignment_id: UUID
    update_id: str
    at: datetime = Field(sa_type=_MOMENT)


class HeldClosing(Base, table=True):
    """A closing that waits for a second person; `state` is held, confirmed, declined or void. The latest holds."""

    __tablename__ = "held_closing"
    __table_args__ = (Index("held_closing_open", "agency", "sameness", postgresql_where=text("state = 'held'")),)

    assignment_id: UUID = Field(primary_key=True)
    request_id: UUID
    agency: str
    sameness: int = Field(sa_column=Column(BigInteger, nullable=False))
    door: str
    said_by: str | None
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = Field(sa_type=_MOMENT)
    state: str
    decided_by: str | None
    decided_at: datetime | None = Field(sa_type=_MOMENT)


_ALIKE = """
SELECT sameness, false AS held, count(*) AS n FROM closure
WHERE sameness = ANY($1::bigint[]) AND closed_at > $2 GROUP BY sameness
UNION ALL
SELECT sameness, true, count(*) FROM held_closing
WHERE agency = ANY($3::text[]) AND sameness = ANY($1::bigint[]) AND state = 'held' GROUP BY sameness
"""
_CLOSINGS = """
SELECT substr(closed_by, 8) AS agency, count(*) AS n FROM closure
WHERE closed_at > $1 AND closed_by = ANY($2::text[]) AND sameness IS NOT NULL GROUP BY 1
"""
_HELD = """
SELECT agency, sameness, count(*) AS n, min(at) AS since, (array_agg(body ORDER BY at))[1] AS body,
  array_agg(DISTINCT door) AS doors, array_remove(array_agg(DISTINCT said_by), NULL) AS said_by,
  (array_agg(request_id ORDER BY at))[1:20] AS requests
FROM held_closing WHERE state = 'held' AND ($1::text IS NULL OR agency = $1)
GROUP BY agency, sameness ORDER BY min(at), agency, sameness LIMIT $2
"""
_LOCK_HELD = """
SELECT * FROM held_closing WHERE agency = $1 AND sameness = $2 AND state = 'held'
ORDER BY assignment_id LIMIT $3 FOR UPDATE
"""
_RATES = """
SELECT given.agency, service_code, count(*) AS closed, count(reopened_at) AS reopened
FROM closure CROSS JOIN LATERAL unnest(string_to_array(agencies, ' ')) AS given(agency)
WHERE closed_by LIKE 'agency:%' AND NOT with_parent AND closed_at >= $1 AND closed_at <= $2
  AND ($3::text IS NULL OR given.agency = $3) AND ($4::text IS NULL OR service_code = $4)
GROUP BY 1, 2 ORDER BY 1, 2
"""
_REFUSALS = """
SELECT agency, code, count(*) AS n, max(at) AS latest FROM refusal
WHERE at >= $1 AND at <= $2 AND ($3::text IS NULL OR agency = $3) GROUP BY agency, code ORDER BY agency, code
"""
_EXCEPTIONS = """
SELECT c.closure_id, c.request_id, r.tracking_number, c.service_code, c.agencies, c.disposition, c.closed_by, c.door,
  c.confirmed_by, c.closed_at, c.reopened_at, d.state AS dispute, r.reopen_count, r.closure
FROM closure c JOIN request r USING (request_id) LEFT JOIN dispute d USING (request_id, closure_id)
WHERE c.closed_at >= $1 AND c.closed_at <= $2 AND NOT c.with_parent AND c.closed_by LIKE 'agency:%'
  AND (c.disposition = ANY($3::text[]) OR c.reopened_at IS NOT NULL OR d.state IS NOT NULL)
  AND ($4::text IS NULL OR $4 = ANY(string_to_array(c.agencies, ' ')))
  AND ($5::timestamptz IS NULL OR (c.closed_at, c.closure_id) < ($5, $6))
ORDER BY c.closed_at DESC, c.closure_id DESC LIMIT $7
"""


async def alike_lately(reads: Reads, same: Sequence[int], agencies: Sequence[str], since: datetime) -> list[Row]:
    """Count closings alike since then, and those held."""
    return await reads.sql(_ALIKE, sorted(set(same)), since, sorted(set(agencies)))


async def closings_lately(reads: Reads, agencies: Sequence[str], since: datetime) -> dict[str, int]:
    """Count each agency's closings since then."""
    rows = await reads.sql(_CLOSINGS, since, [f"agency:{agency}" for agency in sorted(set(agencies))])
    return {row["agency"]: row["n"] for row in rows}


async def held_groups(reads: Reads, agency: str | None, limit: int) -> list[Row]:
    """List what is held, those alike together, the longest waiting first."""
    return await reads.sql(_HELD, agency, limit)


async def lock_held(reads: Reads, agency: str, same: int, limit: int) -> list[Row]:
    """Lock a group of held closings."""
    return await reads.sql(_LOCK_HELD, agency, same, limit)


async def reopen_rates(
    reads: Reads, since: datetime, until: datetime, agency: str | None, service: str | None
) -> list[Row]:
    """Count agencies' closings of a time, and how many of them were opened again, by agency and service."""
    return await reads.sql(_RATES, since, until, agency, service)


async def refusals_by_rule(reads: Reads, since: datetime, until: datetime, agency: str | None) -> list[Row]:
    """Count refused updates of a time by agency and rule."""
    return await reads.sql(_REFUSALS, since, until, agency)


async def set_reopened(reads: Reads, reopened: dict[UUID, datetime]) -> None:
    """Note when closings turned out wrong."""
    if reopened:
        await reads.sql(
            "UPDATE closure SET reopened_at = given.at FROM unnest($1::uuid[], $2::timestamptz[])"
            " AS given(closure_id, at) WHERE closure.closure_id = given.closure_id",
            list(reopened),
            list(reopened.values()),
        )


async def waiting_verifications(reads: Reads, limit: int) -> list[Row]:
    """List finished parts that somebody is to look at, the longest waiting first."""
    return await reads.sql(
        "SELECT a.assignment_id, a.request_id, r.tracking_number, r.service_code, a.agency, a.since, a.outcome"
        " FROM assignment a JOIN request r USING (request_id)"
        " WHERE NOT a.ended AND a.substatus = 'completed' ORDER BY a.since, a.assignment_id LIMIT $1",
        limit,
    )


async def closing_exceptions(
    reads: Reads,
    *,
    since: datetime,
    until: datetime,
    not_done: Sequence[str],
    agency: str | None,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Row]:
    """List agencies' closings without work, disputed or reopened, newest first."""
    at, last = before or (None, None)
    return await reads.sql(_EXCEPTIONS, since, until, list(not_done), agency, at, last, limit)
