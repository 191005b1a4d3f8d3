"""What came back of messages that were sent, and which addresses are used no longer because of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from notify.domain.reaching import Reach
from notify.store.knowing import reach_of

_NOTE: Final = """
INSERT INTO returned (request_id, intent_id, kind, contact_ref, flag, detail, at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING kind
"""
_FLAGGED: Final = f"""
SELECT contact_ref, {", ".join(Reach._fields)} FROM profile WHERE contact_ref = ANY($1::text[]) AND flags <> ''
"""


async def message_of(reads: Reads, request_id: UUID, intent_id: UUID) -> Row | None:
    """Load whom a message was for, of what, and by which channel; None when it is none of ours."""
    text = "SELECT contact_ref, channel, moment FROM intent WHERE request_id = $1 AND intent_id = $2"
    found = await reads.sql(f"{text} AND channel IS NOT NULL", request_id, intent_id)
    return found[0] if found else None


async def note_return(tx: Transaction, row: Row, flag: str) -> bool:
    """Note that a message came back; tells whether that is new."""
    values = (row["request_id"], row["intent_id"], row["kind"], row["contact_ref"], flag, row["detail"], tx.now)
    return bool(await tx.sql(_NOTE, *values))


async def soft_returns(reads: Reads, contact_ref: str, flag: str, since: datetime) -> int:
    """Count what came back for now of an address of somebody."""
    text = "SELECT count(*) AS n FROM returned WHERE contact_ref = $1 AND flag = $2 AND kind = 'soft' AND at >= $3"
    return int((await reads.sql(text, contact_ref, flag, since))[0]["n"])


async def flagged_reaches(reads: Reads, contact_refs: Sequence[str]) -> dict[str, Reach]:
    """Load those of these contacts who have addresses that are used no longer; mostly there are none."""
    return {row["contact_ref"]: reach_of(row) for row in await reads.sql(_FLAGGED, list(contact_refs))}


async def set_flags(tx: Transaction, contact_ref: str, flags: str) -> None:
    """Keep which addresses of somebody are used no longer."""
    await tx.sql("UPDATE profile SET flags = $2 WHERE contact_ref = $1", contact_ref, flags)


async def end_complaints(tx: Transaction, contact_ref: str, channels: Sequence[str]) -> None:
    """Tell somebody again by channels whose address has changed since they complained about it."""
    await tx.sql(
        "DELETE FROM leaving WHERE contact_ref = $1 AND channel = ANY($2::text[]) AND why = 'complaint'",
        contact_ref,
        list(channels),
    )


async def forget_returns(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Forget what came back from erased people."""
    await tx.sql("DELETE FROM returned WHERE contact_ref = ANY($1::text[])", list(contact_refs))
