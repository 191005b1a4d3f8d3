"""What survey keeps: who was asked about which closing, what they answered, and their comments, which never travel."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.tables import new_base
from chassis.transaction import Reads, Transaction

Base = new_base()
METADATA = Base.metadata
MOMENT: Final = DateTime(timezone=True)
Row = Mapping[str, Any]


class InvitationRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """One person asked about one closing. `about` holds the request's facts, for the events that follow."""

    __tablename__ = "invitation"
    __table_args__ = (Index("invitations_of_closing", "closure_id"), Index("invitations_of_request", "request_id"))
    invitation_id: UUID = Field(primary_key=True)
    request_id: UUID
    closure_id: UUID
    sequence: int
    reopen_count: int
    contact_ref: str
    state: str
    service_code: str
    agency: str
    ask_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    dispute_until: datetime = Field(sa_type=MOMENT)
    about: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class Reopening(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """How often a request was reopened: a closing from before that is no longer asked about."""

    __tablename__ = "reopening"
    request_id: UUID = Field(primary_key=True)
    reopen_count: int


class AnswerRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """One answer. The comment stays here, in the resident's own words; events carry its reference."""

    __tablename__ = "answer"
    invitation_id: UUID = Field(primary_key=True)
    answered_at: datetime = Field(sa_type=MOMENT)
    work_rating: int | None
    handling_rating: int | None
    agent_rating: int | None
    done: bool | None
    disputed: bool
    other: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    comment_ref: str | None = Field(unique=True)
    comment: str | None


async def reopen_counts(reads: Reads, request_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how often these requests were reopened; absent means never."""
    found = await reads.sql("SELECT request_id, reopen_count FROM reopening WHERE request_id = ANY($1)", request_ids)
    return {row["request_id"]: row["reopen_count"] for row in found}


async def keep_reopenings(tx: Transaction, counts: Mapping[UUID, int]) -> None:
    """Note how often requests were reopened; a smaller count changes nothing."""
    rows = [{"request_id": request_id, "reopen_count": count} for request_id, count in counts.items()]
    await tx.upsert(Reopening, rows, keys=("request_id",), newer="reopen_count")


async def closings_asked_about(reads: Reads, closure_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these closings were asked about before."""
    found = await reads.sql("SELECT DISTINCT closure_id FROM invitation WHERE closure_id = ANY($1)", closure_ids)
    return {row["closure_id"] for row in found}


async def add_invitations(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep new invitations."""
    await tx.insert(InvitationRow, rows)


async def waiting_invitations(tx: Transaction, closure_ids: Sequence[UUID]) -> list[Row]:
    """Return the invitations of these closings that were not sent yet, locked, each request's in their order."""
    wanted = (
        "SELECT * FROM invitation WHERE closure_id = ANY($1) AND state = 'waiting'"
        " ORDER BY request_id, sequence FOR UPDATE"
    )
    return list(await tx.sql(wanted, closure_ids))


async def known_invitations(reads: Reads, invitation_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these invitations there are."""
    found = await reads.sql("SELECT invitation_id FROM invitation WHERE invitation_id = ANY($1)", invitation_ids)
    return {row["invitation_id"] for row in found}


async def set_sent(tx: Transaction, invitation_ids: Sequence[UUID]) -> None:
    """Note that invitations were sent, unless more is known of them."""
    change = "UPDATE invitation SET state = 'sent' WHERE invitation_id = ANY($1) AND state = 'waiting'"
    await tx.sql(change, invitation_ids)


async def set_state(tx: Transaction, invitation_ids: Sequence[UUID], state: str) -> None:
    """Move invitations to another state."""
    await tx.sql("UPDATE invitation SET state = $2 WHERE invitation_id = ANY($1)", invitation_ids, state)


async def withdraw(tx: Transaction, closure_ids: Sequence[UUID]) -> None:
    """Withdraw what was not answered about these closings."""
    change = "UPDATE invitation SET state = 'withdrawn' WHERE closure_id = ANY($1) AND state IN ('waiting', 'sent')"
    await tx.sql(change, closure_ids)


async def invitation(reads: Reads, invitation_id: UUID) -> Row | None:
    """Return one invitation, or None."""
    found = await reads.sql("SELECT * FROM invitation WHERE invitation_id = $1", invitation_id)
    return found[0] if found else None


_OF_REQUESTS: Final = """
SELECT * FROM invitation WHERE request_id IN (SELECT request_id FROM invitation WHERE invitation_id = ANY($1))
ORDER BY invitation_id FOR UPDATE
"""


async def lock_requests(tx: Transaction, invitation_ids: Sequence[UUID]) -> list[Row]:
    """Return every invitation of the requests that these belong to, locked, so that answers are counted in order."""
    return list(await tx.sql(_OF_REQUESTS, invitation_ids))


async def add_answers(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep answers."""
    await tx.insert(AnswerRow, rows)


async def comment(reads: Reads, refs: Sequence[str]) -> dict[str, Row]:
    """Return comments by their references, with the request they are about."""
    wanted = (
        "SELECT a.comment_ref, a.comment, a.answered_at, i.request_id, i.service_code FROM answer a"
        " JOIN invitation i USING (invitation_id) WHERE a.comment_ref = ANY($1::text[])"
    )
    return {row["comment_ref"]: row for row in await reads.sql(wanted, refs)}


_RESULTS: Final = """
SELECT i.service_code, nullif(i.agency, '') AS agency, count(*) AS invited, count(a.invitation_id) AS answered,
  avg(a.work_rating)::float8 AS work_rating, avg(a.handling_rating)::float8 AS handling_rating,
  avg(a.agent_rating)::float8 AS agent_rating, avg(a.done::int)::float8 AS done_share,
  count(*) FILTER (WHERE a.disputed) AS disputed
FROM invitation i LEFT JOIN answer a USING (invitation_id)
WHERE i.state IN ('sent', 'answered', 'withdrawn') AND ($1::text IS NULL OR i.agency = $1)
GROUP BY 1, 2 ORDER BY 1, 2
"""


async def results(reads: Reads, agency: str | None) -> list[Row]:
    """Count invitations and answers by service and agency; for one agency, or for all."""
    return list(await reads.sql(_RESULTS, agency))
