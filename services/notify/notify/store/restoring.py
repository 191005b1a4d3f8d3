"""Messages as their endings were published."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from chassis.transaction import Transaction


class Told(NamedTuple):
    """A published ending. `at` is when it was published."""

    request_id: UUID
    intent_id: UUID
    sequence: int
    contact_ref: str
    channel: str
    moment: str
    attempts: int
    outcome: str
    detail: str | None
    at: datetime


_RESTORE: Final = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::int[], $8::text[],
        $9::text[], $10::timestamptz[])
    AS given(request, intent, number, contact, channel, moment, tries, outcome, said, told_at)
), gone AS (
    DELETE FROM open_intent USING given WHERE request_id = request AND intent_id = intent RETURNING open_intent.*
)
INSERT INTO settled_intent (request_id, intent_id, sequence, seq, contact_ref, channel, moment, transition, at, made_at,
    attempts, outcome, detail, settled_at)
SELECT request, intent, number, coalesce(gone.seq, 0), contact,
    CASE WHEN gone.intent_id IS NULL THEN given.channel ELSE gone.channel END, given.moment,
    coalesce(gone.transition, ''), coalesce(gone.at, told_at), coalesce(gone.made_at, told_at), tries, outcome, said,
    told_at
FROM given LEFT JOIN gone ON gone.request_id = request AND gone.intent_id = intent
ON CONFLICT DO NOTHING
"""
# A contact that was erased has no address today, and so what it was told is intended again without a channel.
_DROP_TOLD: Final = """
DELETE FROM open_intent AS mine USING settled_intent AS old
WHERE old.request_id = mine.request_id AND (old.intent_id = mine.intent_id OR mine.channel IS NULL
    AND old.transition = '' AND old.contact_ref = mine.contact_ref AND old.moment = mine.moment)
"""


async def restore_settled(tx: Transaction, told: Sequence[Told]) -> None:
    """Write down how messages ended, as it was published; they are open no more."""
    unique = {one.intent_id: one for one in told}
    await tx.sql(_RESTORE, *(list(column) for column in zip(*unique.values(), strict=True)))


async def drop_told(tx: Transaction) -> None:
    """Take back what was told already."""
    await tx.sql(_DROP_TOLD)
