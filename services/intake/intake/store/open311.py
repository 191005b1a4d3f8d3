"""Tables and queries of Open311: keys, tokens, what only its clients send, and its lists."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Select, and_, or_, select
from sqlmodel import Field

from chassis.sql import Row, table_of
from chassis.transaction import Reads
from intake.store.tables import Base, Request

_MOMENT = DateTime(timezone=True)
_USE = """
WITH asked AS (SELECT k.key_hash, g.asked FROM open311_key k
  JOIN unnest($1::text[], $2::int[]) AS g(key_hash, asked) USING (key_hash)
  WHERE k.revoked_at IS NULL ORDER BY k.key_hash FOR UPDATE OF k)
UPDATE open311_key k SET minute = $3, used = asked.asked + CASE WHEN k.minute = $3 THEN k.used ELSE 0 END
FROM asked WHERE k.key_hash = asked.key_hash
RETURNING k.key_hash, k.owner, k.agency, k.rate, k.used, asked.asked
"""
_UPDATES = """
SELECT t.id, t.request_id, t.at, t.kind, t.detail, r.tracking_number FROM timeline t JOIN request r USING (request_id)
WHERE t.at >= $1 AND t.at <= $2 AND t.kind = ANY($3::text[])
  AND (t.kind <> 'message' OR t.detail->>'sender' = 'agency') AND ($4::uuid[] IS NULL OR t.request_id = ANY($4::uuid[]))
ORDER BY t.at, t.id LIMIT $5 OFFSET $6
"""


class Open311Key(Base, table=True):
    """A client's key, by its hash; `agency` lets it report on that agency's assignments; `used` counts in `minute`."""

    __tablename__ = "open311_key"

    key_hash: str = Field(primary_key=True)
    owner: str
    agency: str | None
    rate: int
    made_at: datetime = Field(sa_type=_MOMENT)
    revoked_at: datetime | None = Field(sa_type=_MOMENT)
    minute: datetime | None = Field(sa_type=_MOMENT)
    used: int


class Open311Token(Base, table=True):
    """What a client got instead of a number because it asked for a token."""

    __tablename__ = "open311_token"

    token: str = Field(primary_key=True)
    request_id: UUID


class VaultOpen311(Base, table=True):
    """What only Open311 clients send; device and account name a person, so it is part of the vault."""

    __tablename__ = "vault_open311"

    request_id: UUID = Field(primary_key=True)
    device_id: str | None
    account_id: str | None
    address_id: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests to list: opened and updated within, of these services, a state, a box; a page or from a row on."""

    limit: int
    offset: int = 0
    opened: tuple[datetime, datetime] | None = None
    updated: tuple[datetime, datetime] | None = None
    services: tuple[str, ...] = ()
    closed: bool | None = None
    bbox: tuple[float, float, float, float] | None = None
    before: tuple[datetime, UUID] | None = None


async def use_keys(reads: Reads, asked: Mapping[str, int], minute: datetime) -> Mapping[str, Row]:
    """Count the use of keys in this minute; a key that is unknown or revoked is not in the answer."""
    rows = await reads.sql(_USE, list(asked), list(asked.values()), minute)
    return {row["key_hash"]: row for row in rows}


async def is_good_key(reads: Reads, key_hash: str) -> bool:
    """Tell whether a key is known and not revoked."""
    text = "SELECT 1 FROM open311_key WHERE key_hash = $1 AND revoked_at IS NULL"
    return bool(await reads.sql(text, key_hash))


async def list_keys(reads: Reads) -> list[Row]:
    """Read all keys, newest first."""
    return await reads.sql(
        "SELECT key_hash, owner, agency, rate, made_at, revoked_at FROM open311_key ORDER BY made_at"
    )


async def revoke_key(reads: Reads, key_hash: str, now: datetime) -> bool:
    """Revoke a key; tells whether it was good until now."""
    text = "UPDATE open311_key SET revoked_at = $2 WHERE key_hash = $1 AND revoked_at IS NULL RETURNING key_hash"
    return bool(await reads.sql(text, key_hash, now))


async def number_of_token(reads: Reads, token: str) -> str | None:
    """Find the tracking number behind a token."""
    rows = await reads.sql(
        "SELECT r.tracking_number FROM open311_token t JOIN request r USING (request_id) WHERE t.token = $1", token
    )
    return str(rows[0]["tracking_number"]) if rows else None


async def wanted_requests(reads: Reads, wanted: Wanted) -> list[Row]:
    """List requests, newest first."""
    table = table_of(Request)
    columns = table.c
    statement = _filtered(select(table), wanted).order_by(columns.opened_at.desc(), columns.request_id.desc())
    return await reads.rows(statement.limit(wanted.limit).offset(wanted.offset))


def _filtered(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    columns = table_of(Request).c
    if wanted.opened:
        statement = statement.where(columns.opened_at.between(*wanted.opened))
    if wanted.updated:
        statement = statement.where(columns.updated_at.between(*wanted.updated))
    if wanted.services:
        statement = statement.where(columns.service_code.in_(wanted.services))
    if wanted.closed is not None:
        closed = columns.substatus == "closed"
        statement = statement.where(closed if wanted.closed else ~closed)
    if wanted.bbox:
        west, south, east, north = wanted.bbox
        statement = statement.where(columns.latitude.between(south, north), columns.longitude.between(west, east))
    if wanted.before:
        at, last = wanted.before
        older = and_(columns.opened_at == at, columns.request_id < last)
        statement = statement.where(or_(columns.opened_at < at, older))
    return statement


async def requests_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Read these requests."""
    rows = await reads.sql("SELECT * FROM request WHERE request_id = ANY($1::uuid[])", request_ids)
    return {row["request_id"]: row for row in rows}


async def timelines_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, list[Row]]:
    """Read what happened to these requests, each in order of time."""
    found: defaultdict[UUID, list[Row]] = defaultdict(list)
    text = "SELECT request_id, at, kind, detail FROM timeline WHERE request_id = ANY($1::uuid[]) ORDER BY at, id"
    for row in await reads.sql(text, request_ids):
        found[row["request_id"]].append(row)
    return found


async def updates_between(
    reads: Reads,
    period: tuple[datetime, datetime],
    kinds: Sequence[str],
    request_ids: Sequence[UUID] | None,
    page: tuple[int, int],
) -> list[Row]:
    """Read entries of the timeline in a period, oldest first; `page` is limit and offset."""
    start, end = period
    return await reads.sql(_UPDATES, start, end, list(kinds), request_ids, *page)


async def article_rows(reads: Reads) -> list[Row]:
    """Read every article with its summary."""
    return await reads.sql(
        "SELECT article_id, version, title, summary, services FROM article WHERE shown ORDER BY article_id"
    )
