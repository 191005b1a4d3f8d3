"""Messages that were given up, until a person has them sent again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from notify.store.tables import Undelivered

_WAITING: Final = """
SELECT intent_id, request_id, contact_ref, channel, moment, transition, at, attempts, reason, detail, parked_at
FROM undelivered WHERE redriven_at IS NULL AND parked_at >= $1 AND ($2::text IS NULL OR channel = $2)
    AND ($3::text IS NULL OR reason = $3) ORDER BY parked_at, intent_id LIMIT $4
"""
_REDRIVEN: Final = "UPDATE undelivered SET redriven_at = $2, redriven_by = $3 WHERE intent_id = ANY($1::uuid[])"


async def keep_undelivered(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep messages that were given up, each once."""
    await tx.insert(Undelivered, [{**row, "redriven_at": None, "redriven_by": None} for row in rows], ("intent_id",))


async def undelivered(reads: Reads, since: datetime, channel: str | None, reason: str | None, limit: int) -> list[Row]:
    """List messages that were given up and not sent again, oldest first."""
    return await reads.sql(_WAITING, since, channel, reason, limit)


async def hold_undelivered(tx: Transaction, intent_ids: Sequence[UUID]) -> list[Row]:
    """Load messages that were given up and not sent again yet; whoever asks next waits until this one is done."""
    text = "SELECT * FROM undelivered WHERE intent_id = ANY($1::uuid[]) AND redriven_at IS NULL FOR UPDATE"
    return await tx.sql(text, list(intent_ids))


async def note_redriven(tx: Transaction, intent_ids: Sequence[UUID], who: str) -> None:
    """Note who had messages sent again."""
    await tx.sql(_REDRIVEN, list(intent_ids), tx.now, who)


async def forget_undelivered(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Forget what erased people were not told."""
    await tx.sql("DELETE FROM undelivered WHERE contact_ref = ANY($1::text[])", list(contact_refs))
