"""Parts of texts that were paid for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from chassis.transaction import Transaction

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


async def forget_texts(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Forget what erased people were sent."""
    await tx.sql("DELETE FROM texts_sent WHERE contact_ref = ANY($1::text[])", list(contact_refs))
