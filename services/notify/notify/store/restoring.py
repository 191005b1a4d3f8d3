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
    transition: str
    attempts: int
    outcome: str
    detail: str | None
    at: datetime


_RESTORE: Final = """
WITH given AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[],
        $9::text[], $10::text[], $11::timestamptz[])
    AS given(
        request, intent, number, contact, channel, moment, change, tries, outcome, said, told_at)
), gone AS (
    DELETE FROM open_intent USING given WHERE request_id = request AND intent_id = intent RETURNING open_intent.*
)
INSERT INTO settled_intent (request_id, intent_id, sequence, seq, contact_ref, channel, moment, transition, at, made_at,
    attempts, outcome, detail, settled_at)
SELECT request, intent, number, coalesce(gone.seq, 0), contact,
    CASE WHEN gone.intent_id IS NULL THEN given.channel ELSE gone.channel END, given.moment,
    coalesce(gone.transition, change), coalesce(gone.at, told_at), coalesce(gone.made_at, told_at), tries, outcome,
    said, told_at
FROM given LEFT JOIN gone ON gone.request_id = request AND gone.intent_id = intent
ON CONFLICT DO NOTHING
"""
# Who has other channels today than when they were told (erased, bounced, a new provider) is intended other messages of
# the same change: where the one that was told is not intended again, none of them is new. Old endings name no change;
# of those only what is intended without a channel is known for told.
_DROP_TOLD: Final = """
DELETE FROM open_intent AS mine USING settled_intent AS old
WHERE old.request_id = mine.request_id AND (old.intent_id = mine.intent_id
    OR mine.channel IS NULL AND old.transition = '' AND old.contact_ref = mine.contact_ref AND old.moment = mine.moment
    OR old.seq = 0 AND old.contact_ref = mine.contact_ref AND old.transition = mine.transition
        AND NOT EXISTS (SELECT FROM open_intent AS again
            WHERE again.request_id = old.request_id AND again.intent_id = old.intent_id))
"""


async def restore_settled(tx: Transaction, told: Sequence[Told]) -> None:
    """Write down how messages ended, as it was published; they are open no more."""
    unique = {one.intent_id: one for one in told}
    await tx.sql(_RESTORE, *(list(column) for column in zip(*unique.values(), strict=True)))


async def drop_told(tx: Transaction) -> None:
    """Take back what was told already."""
    await tx.sql(_DROP_TOLD)
