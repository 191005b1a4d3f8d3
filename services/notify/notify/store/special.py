"""What single channels need kept: parts of texts that were paid for, letters for the printer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from notify.store.tables import PrintedLetter

_SPEND: Final = """
INSERT INTO texts_sent (contact_ref, hour, parts)
SELECT ref, date_trunc('hour', $1::timestamptz), n FROM unnest($2::text[], $3::int[]) AS given(ref, n)
ON CONFLICT (contact_ref, hour) DO UPDATE SET parts = texts_sent.parts + excluded.parts
"""
_FORGET: Final = "DELETE FROM texts_sent WHERE hour < $1::timestamptz - interval '25 hours'"


async def note_texts(tx: Transaction, parts: Iterable[tuple[str, int]]) -> None:
    """Count parts of texts by contact; what is older than a day counts no longer."""
    counts: Counter[str] = Counter()
    for contact_ref, n in parts:
        counts[contact_ref] += n
    await tx.sql(_SPEND, tx.now, list(counts), list(counts.values()))
    await tx.sql(_FORGET, tx.now)


async def queue_letters(tx: Transaction, letters: Sequence[Row]) -> None:
    """Let letters wait for the printer."""
    await tx.insert(PrintedLetter, letters, ignore=("intent_id",))


async def letters_waiting(reads: Reads, limit: int) -> list[Row]:
    """List letters that wait, oldest first, without their pages."""
    text = "SELECT intent_id, request_id, made_at, length(pages) AS bytes FROM printed_letter ORDER BY made_at LIMIT $1"
    return await reads.sql(text, limit)


async def pages_of(reads: Reads, intent_id: UUID) -> bytes | None:
    """Load a letter's PDF; None when there is none, or it was taken."""
    found = await reads.sql("SELECT pages FROM printed_letter WHERE intent_id = $1", intent_id)
    return found[0]["pages"] if found else None


async def take_letter(tx: Transaction, intent_id: UUID) -> datetime | None:
    """Forget a letter that was printed; gives when it was made, None when there is none."""
    found = await tx.sql("DELETE FROM printed_letter WHERE intent_id = $1 RETURNING made_at", intent_id)
    return found[0]["made_at"] if found else None


async def forget_letters(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Take erased people's letters away from the printer."""
    await tx.sql("DELETE FROM printed_letter WHERE contact_ref = ANY($1::text[])", list(contact_refs))
    await tx.sql("DELETE FROM texts_sent WHERE contact_ref = ANY($1::text[])", list(contact_refs))
