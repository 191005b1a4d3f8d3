"""Contacts at the contact center, what agents noted of them, and the feedback that they log."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, text
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads
from intake.store.tables import Base

_MOMENT = DateTime(timezone=True)
_LOCK = "SELECT * FROM desk_contact WHERE contact_id = ANY($1::uuid[]) ORDER BY contact_id FOR UPDATE"
_QUEUE = """
SELECT * FROM (
  SELECT 'contact' AS source, contact_id::text AS id, channel, language, started_at, callback_asked_at IS NOT NULL AS
    callback, draft, destination, transferred_from FROM desk_contact WHERE state = 'waiting'
  UNION ALL SELECT 'conversation', queue_id::text, channel, language, at, kind = 'callback', NULL, NULL, NULL
    FROM vault_live_queue WHERE taken_at IS NULL
  UNION ALL SELECT 'letter', letter_key, 'email', NULL, at, false, NULL, NULL, NULL FROM vault_held_letter
) AS waiting WHERE $1::text IS NULL OR channel = $1 ORDER BY started_at, id LIMIT $2
"""
"""Whoever waits for a person, by whatever door: agents' contacts, conversations handed over, letters held."""
_WAITS = """
SELECT channel, count(*) FILTER (WHERE answered_at >= $1) AS answered,
  avg(extract(epoch FROM answered_at - started_at)) FILTER (WHERE answered_at >= $1 AND transferred_from IS NULL)
    ::float8 AS average_wait,
  avg(extract(epoch FROM callback_made_at - callback_asked_at)) FILTER (WHERE answered_at >= $1)
    ::float8 AS average_callback_wait,
  avg(extract(epoch FROM answered_at - started_at)) FILTER (WHERE answered_at >= $1 AND transferred_from IS NOT NULL)
    ::float8 AS average_transfer_hold,
  avg((extract(epoch FROM answered_at - started_at) <= $3::float8)::int) FILTER (WHERE answered_at >= $1
    AND transferred_from IS NULL)::float8 AS within_target,
  count(*) FILTER (WHERE state = 'waiting') AS waiting,
  min(started_at) FILTER (WHERE state = 'waiting') AS longest_since
FROM desk_contact WHERE direction = 'inbound' AND (state = 'waiting' OR answered_at >= $1) AND started_at < $2
GROUP BY GROUPING SETS ((channel), ()) ORDER BY channel NULLS LAST
"""
_WORK = """
SELECT count(*) AS handled, count(DISTINCT (agent, date_trunc('hour', answered_at))) AS agent_hours,
  coalesce(sum(least(86400, greatest(0, extract(epoch FROM coalesce(ended_at, $3) - answered_at)))), 0)::float8 AS busy
FROM desk_contact WHERE answered_at >= $1 AND answered_at < $2
"""
_SERVED = "SELECT channel, outcome, count(*) AS served FROM self_served WHERE at >= $1 AND at < $2 GROUP BY 1, 2"


class SelfServed(Base, table=True):
    """A matter that was settled without an agent: a request made, a question answered, a status told."""

    __tablename__ = "self_served"
    __table_args__ = (Index("self_served_by_time", "at"),)

    served_id: UUID = Field(primary_key=True)
    channel: str
    outcome: str
    at: datetime = Field(sa_type=_MOMENT)


class DeskContact(Base, table=True):
    """One leg of a contact; `numbers` are the ids of the requests it is about."""

    __tablename__ = "desk_contact"
    __table_args__ = (
        Index("desk_contact_waiting", "started_at", postgresql_where=text("state = 'waiting'")),
        Index("desk_contact_answered", "answered_at"),
    )

    contact_id: UUID = Field(primary_key=True)
    state: str
    channel: str
    operator: str
    direction: str
    language: str
    agent: str | None
    started_at: datetime = Field(sa_type=_MOMENT)
    answered_at: datetime | None = Field(sa_type=_MOMENT)
    callback_asked_at: datetime | None = Field(sa_type=_MOMENT)
    callback_made_at: datetime | None = Field(sa_type=_MOMENT)
    talk_ended_at: datetime | None = Field(sa_type=_MOMENT)
    ended_at: datetime | None = Field(sa_type=_MOMENT)
    draft: str | None
    numbers: str
    made: bool
    article_id: str | None
    article_version: int | None
    helped: bool | None
    destination: str | None
    reason: str | None
    transferred_from: UUID | None


class VaultContactNote(Base, table=True):
    """Whom to call back, and what an agent wrote down; both travel along with a transfer."""

    __tablename__ = "vault_contact_note"
    __table_args__ = ({"info": {"erased_by": {"phone": "phone"}}},)

    contact_id: UUID = Field(primary_key=True)
    phone: str | None
    notes: str


class VaultFeedback(Base, table=True):
    """What somebody said of a request, written down by an agent."""

    __tablename__ = "vault_feedback"
    __table_args__ = (Index("vault_feedback_by_request", "request_id"),)

    feedback_id: str = Field(primary_key=True)
    request_id: UUID
    contact_id: UUID | None
    rating: int | None
    text: str
    agent: str
    at: datetime = Field(sa_type=_MOMENT)


async def lock_contacts(reads: Reads, contact_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Lock and read contacts."""
    return {row["contact_id"]: row for row in await reads.sql(_LOCK, sorted(set(contact_ids)))}


async def notes_of(reads: Reads, contact_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Read what was noted of contacts."""
    rows = await reads.sql("SELECT * FROM vault_contact_note WHERE contact_id = ANY($1::uuid[])", contact_ids)
    return {row["contact_id"]: row for row in rows}


async def article_versions(reads: Reads, article_ids: Sequence[str]) -> Mapping[str, int]:
    """Read the current version of articles."""
    rows = await reads.sql("SELECT article_id, version FROM article WHERE article_id = ANY($1::text[])", article_ids)
    return {row["article_id"]: row["version"] for row in rows}


async def contacts_waiting(reads: Reads, channel: str | None, limit: int) -> list[Row]:
    """List contacts that wait for somebody, the longest waiting first."""
    return await reads.sql(_QUEUE, channel, limit)


async def waits(reads: Reads, since: datetime, until: datetime, target: int | None) -> list[Row]:
    """Measure the waits of what was answered since, and how many kept the target, by channel and over all (None)."""
    return await reads.sql(_WAITS, since, until, target)


async def agents_work(reads: Reads, since: datetime, until: datetime, now: datetime) -> Row:
    """Measure what agents answered in a time: contacts, seconds busy with them, and hours in which each was at work."""
    return (await reads.sql(_WORK, since, until, now))[0]


async def served_without_agent(reads: Reads, since: datetime, until: datetime) -> list[Row]:
    """Count what was settled without an agent in a time, by channel and outcome."""
    return await reads.sql(_SERVED, since, until)


async def feedback_of(reads: Reads, request_id: UUID) -> list[Row]:
    """Read the feedback on a request, oldest first."""
    return await reads.sql(
        "SELECT feedback_id, rating, text, agent, at FROM vault_feedback WHERE request_id = $1 ORDER BY at", request_id
    )
