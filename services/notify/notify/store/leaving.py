"""What people wish to hear no more of."""

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from chassis.transaction import Reads, Transaction
from notify.domain.leaving import EVERYTHING


class Known(NamedTuple):
    """What is known of the person and the request of a link; `about` is the request's facts as JSON."""

    language: str | None
    about: str | None
    left: frozenset[UUID]


_KNOWN: Final = """
SELECT (SELECT language FROM profile WHERE contact_ref = $1) AS language,
    (SELECT about FROM request WHERE request_id = $3) AS about,
    ARRAY(SELECT request_id FROM leaving WHERE contact_ref = $1 AND channel = $2 AND request_id IN ($3, $4)) AS gone
"""
# Who was erased since the message was sent is told that it is done, and leaves no trace here.
_LEAVE: Final = """
INSERT INTO leaving (contact_ref, channel, request_id, why, left_at)
SELECT $1::text, $2::text, $3::uuid, $4::text, $5::timestamptz
WHERE EXISTS (SELECT FROM profile WHERE contact_ref = $1::text) ON CONFLICT DO NOTHING
"""


async def known_of_leaving(reads: Reads, contact_ref: str, channel: str, request_id: UUID) -> Known:
    """Load what a page about leaving says."""
    (row,) = await reads.sql(_KNOWN, contact_ref, channel, request_id, EVERYTHING)
    return Known(row["language"], row["about"], frozenset(row["gone"]))


async def leave(tx: Transaction, contact_ref: str, channel: str, request_id: UUID, why: str) -> None:
    """Note what somebody wishes to hear no more of; what was noted before stands."""
    await tx.sql(_LEAVE, contact_ref, channel, request_id, why, tx.now)


async def come_back(tx: Transaction, contact_ref: str, channel: str, request_id: UUID) -> None:
    """Take it back: for a request, and for all."""
    await tx.sql(
        "DELETE FROM leaving WHERE contact_ref = $1 AND channel = $2 AND request_id IN ($3, $4)",
        contact_ref,
        channel,
        request_id,
        EVERYTHING,
    )


async def forget_leavings(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Forget what erased people have left."""
    await tx.sql("DELETE FROM leaving WHERE contact_ref = ANY($1::text[])", list(contact_refs))
