"""Letters for the print room: those that wait, and the batches it has taken."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from notify.store.tables import PrintBatch, PrintedLetter

# A letter waits in its open row too, until it is posted or old news; those behind it in its line do not wait for it.
_WAIT: Final = """
UPDATE open_intent SET next_attempt_at = $3, postponed = false, lane = 0, detail = $4
FROM unnest($1::uuid[], $2::uuid[]) AS given(request, intent)
WHERE request_id = given.request AND intent_id = given.intent
"""
_CLAIM: Final = """
UPDATE printed_letter SET batch_id = $1, claimed_until = $2 WHERE intent_id IN (
    SELECT intent_id FROM printed_letter WHERE batch_id IS NULL OR claimed_until < $3
    ORDER BY made_at, intent_id LIMIT $4 FOR UPDATE SKIP LOCKED)
"""
_OPEN: Final = """
SELECT open.*, request.about FROM printed_letter AS paper
JOIN open_intent AS open ON open.request_id = paper.request_id AND open.intent_id = paper.intent_id
JOIN request ON request.request_id = paper.request_id
WHERE paper.batch_id = $1 AND paper.intent_id <> ALL($2::uuid[])
ORDER BY paper.made_at, paper.intent_id
"""
_FORGET: Final = """
WITH gone AS (DELETE FROM printed_letter WHERE contact_ref = ANY($1::text[]) RETURNING request_id, intent_id)
UPDATE open_intent SET next_attempt_at = $2 FROM gone
WHERE open_intent.request_id = gone.request_id AND open_intent.intent_id = gone.intent_id
"""


async def queue_letters(tx: Transaction, letters: Sequence[Row], until: datetime, detail: str) -> None:
    """Let letters wait for the print room."""
    await tx.insert(PrintedLetter, letters, ignore=("intent_id",))
    names = [[row["request_id"] for row in letters], [row["intent_id"] for row in letters]]
    await tx.sql(_WAIT, *names, until, detail)


async def letters_waiting(reads: Reads, now: datetime, limit: int) -> list[Row]:
    """List letters, oldest first, each with the batch that holds it, if one does."""
    text = (
        "SELECT intent_id, request_id, made_at, CASE WHEN claimed_until >= $1 THEN batch_id END AS batch_id"
        " FROM printed_letter ORDER BY made_at, intent_id LIMIT $2"
    )
    return await reads.sql(text, now, limit)


async def batch_of(tx: Transaction, batch_id: UUID) -> Row | None:
    """Load a batch, and hold it to the commit."""
    found = await tx.sql("SELECT * FROM print_batch WHERE batch_id = $1 FOR UPDATE", batch_id)
    return found[0] if found else None


async def claim_letters(tx: Transaction, batch_id: UUID, until: datetime, limit: int) -> None:
    """Let a batch have letters that no other holds, oldest first."""
    await tx.sql(_CLAIM, batch_id, until, tx.now, limit)


async def hold_longer(tx: Transaction, batch_id: UUID, until: datetime) -> None:
    """Let a batch have its letters for longer."""
    await tx.sql("UPDATE printed_letter SET claimed_until = $2 WHERE batch_id = $1", batch_id, until)


async def letters_of(reads: Reads, batch_id: UUID) -> list[Row]:
    """Load the letters of a batch, in the order they are printed in."""
    return await reads.sql("SELECT * FROM printed_letter WHERE batch_id = $1 ORDER BY made_at, intent_id", batch_id)


async def save_batch(tx: Transaction, row: Row) -> None:
    """Keep that a batch was taken, and what became of it."""
    await tx.upsert(PrintBatch, [row], keys=("batch_id",))


async def open_letters(tx: Transaction, batch_id: UUID, but: Iterable[UUID]) -> list[Row]:
    """Load the messages whose letters a batch holds, but these."""
    return await tx.sql(_OPEN, batch_id, list(but))


async def give_back(tx: Transaction, batch_id: UUID) -> None:
    """Let the letters that a batch holds wait for another."""
    await tx.sql("UPDATE printed_letter SET batch_id = NULL, claimed_until = NULL WHERE batch_id = $1", batch_id)


async def drop_letters(tx: Transaction, intent_ids: Sequence[UUID]) -> None:
    """Forget letters whose messages are settled."""
    await tx.sql("DELETE FROM printed_letter WHERE intent_id = ANY($1::uuid[])", list(intent_ids))


async def forget_letters(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Take erased people's letters away from the print room; their messages come up, and end."""
    await tx.sql(_FORGET, list(contact_refs), tx.now)
