"""Who was asked about which closing."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.transaction import Reads, Transaction
from survey.store.tables import InvitationRow, Reopening, Row

_SENT: Final = """
UPDATE invitation i SET state = CASE WHEN state = 'waiting' THEN 'sent' ELSE state END, sent_at = g.at
FROM unnest($1::uuid[], $2::timestamptz[]) AS g(id, at) WHERE i.invitation_id = g.id
"""


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


async def reminders_of(reads: Reads, invitation_ids: Sequence[UUID]) -> dict[UUID, int | None]:
    """Return after how many days these invitations are reminded of; 0 for never."""
    text = "SELECT invitation_id, remind_days FROM invitation WHERE invitation_id = ANY($1)"
    return {row["invitation_id"]: row["remind_days"] for row in await reads.sql(text, invitation_ids)}


async def set_sent(tx: Transaction, sent: Mapping[UUID, datetime]) -> None:
    """Note when invitations were sent; of one of which more is known, the time alone."""
    await tx.sql(_SENT, list(sent), list(sent.values()))


async def set_reminded(tx: Transaction, reminded: Mapping[UUID, datetime]) -> None:
    """Note when people were reminded, which happens once."""
    change = "UPDATE invitation i SET reminded_at = g.at FROM unnest($1::uuid[], $2::timestamptz[]) AS g(id, at)"
    await tx.sql(f"{change} WHERE i.invitation_id = g.id", list(reminded), list(reminded.values()))


async def to_remind(tx: Transaction, since: datetime, until: datetime, days: int, most: int) -> list[Row]:
    """Return invitations sent in this time that were neither answered nor reminded of and are open still, locked."""
    wanted = (
        "SELECT * FROM invitation WHERE state = 'sent' AND reminded_at IS NULL AND sent_at >= $1 AND sent_at < $2"
        " AND expires_at > $3 AND (remind_days = $4 OR remind_days IS NULL)"
        " ORDER BY request_id, sequence LIMIT $5 FOR UPDATE"
    )
    return list(await tx.sql(wanted, since, until, tx.now, days, most))


_LATELY: Final = """
SELECT contact_ref, ask_at FROM unnest($1::text[]) AS g(ref) CROSS JOIN LATERAL (
  SELECT contact_ref, ask_at FROM invitation WHERE contact_ref = g.ref AND sent_at IS NOT NULL
    AND ask_at > $2 ORDER BY ask_at DESC LIMIT 1000) AS asked
"""


async def asked_lately(reads: Reads, refs: Sequence[str], since: datetime) -> dict[str, list[datetime]]:
    """Return when these people were asked about anything since then."""
    found: dict[str, list[datetime]] = {}
    for row in await reads.sql(_LATELY, refs, since) if refs else ():
        found.setdefault(row["contact_ref"], []).append(row["ask_at"])
    return found


async def every_waiting(tx: Transaction) -> list[Row]:
    """Return all invitations that were not sent, in the order of their time."""
    return list(await tx.sql("SELECT * FROM invitation WHERE state = 'waiting' ORDER BY ask_at"))


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


async def open_invitations(reads: Reads, tracking_number: str) -> list[Row]:
    """Return what the people of a request were asked and have not answered."""
    text = (
        "SELECT invitation_id, about, questions, expires_at FROM invitation"
        " WHERE about->>'tracking_number' = $1 AND state = 'sent' ORDER BY sequence"
    )
    return list(await reads.sql(text, tracking_number))


_OF_REQUESTS: Final = """
SELECT * FROM invitation WHERE request_id IN (SELECT request_id FROM invitation WHERE invitation_id = ANY($1))
ORDER BY invitation_id FOR UPDATE
"""


async def lock_requests(tx: Transaction, invitation_ids: Sequence[UUID]) -> list[Row]:
    """Return every invitation of the requests that these belong to, locked, so that answers are counted in order."""
    return list(await tx.sql(_OF_REQUESTS, invitation_ids))
