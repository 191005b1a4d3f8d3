"""Messages as they are intended, and as staff see them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from chassis.transaction import Reads, Transaction
from notify.domain.intents import Intent

_NAMES: Final = ", ".join(Intent._fields)
_INTEND: Final = f"""
INSERT INTO open_intent ({_NAMES}) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[],
    $6::text[], $7::timestamptz[], $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[],
    $13::smallint[])
ON CONFLICT DO NOTHING
"""


async def save_intents(tx: Transaction, intents: Iterable[Intent]) -> None:
    """Keep messages to be delivered; one that is there already stays as it is.

    One that was settled is taken back when its turn comes: that costs no statement, and by then every settling that
    went on meanwhile has committed.
    """
    new = {intent.intent_id: intent for intent in intents}
    if not new:
        return
    columns = dict(zip(Intent._fields, zip(*new.values(), strict=True), strict=True))
    columns["details"] = tuple(orjson.dumps(details).decode() for details in columns["details"])
    await tx.sql(_INTEND, *columns.values())


async def waiting_for(tx: Reads, contact_refs: Sequence[str]) -> list[Intent]:
    """Load the messages that wait for the profiles of these contacts, in order."""
    found = await tx.sql(
        f"SELECT {_NAMES} FROM open_intent WHERE contact_ref = ANY($1::text[]) AND channel IS NULL ORDER BY at, seq",
        list(contact_refs),
    )
    return [Intent(**{**row, "details": orjson.loads(row["details"])}) for row in found]


async def replace_intents(tx: Transaction, waiting: Sequence[Intent], addressed: Sequence[Intent]) -> None:
    """Put messages with a channel in the place of those that waited for one."""
    await tx.sql(
        "DELETE FROM open_intent USING unnest($1::uuid[], $2::uuid[]) AS given(request, intent)"
        " WHERE request_id = given.request AND intent_id = given.intent",
        [intent.request_id for intent in waiting],
        [intent.intent_id for intent in waiting],
    )
    await save_intents(tx, addressed)


# What somebody settles right now is left to them: nobody waits, and two of them never wait for one another. Old news
# is what expired before it was looked at: so a moment before now.
_SUPERSEDE: Final = """
WITH told AS (
    SELECT id, prefix
    FROM unnest($1::uuid[]) AS given(id), unnest(ARRAY['promised:', 'office:promised:']) AS own(prefix)
    UNION ALL SELECT request_id, 'parent:promised:' FROM link WHERE parent_id = ANY($1::uuid[])
), unsent AS (
    SELECT mine.request_id AS request, mine.intent_id AS intent FROM told JOIN open_intent AS mine
        ON mine.request_id = told.id AND starts_with(mine.transition, told.prefix)
    FOR UPDATE OF mine SKIP LOCKED
)
UPDATE open_intent SET expires_at = $2::timestamptz - interval '1 microsecond' FROM unsent
WHERE request_id = request AND intent_id = intent AND expires_at >= $2
RETURNING request_id, at, seq, details
"""


async def take_back_promises(tx: Transaction, request_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """Let promises of these requests that nobody was sent yet be no longer worth telling; gives the oldest of each."""
    found = await tx.sql(_SUPERSEDE, list(request_ids), tx.now) if request_ids else []
    newest_first = sorted(found, key=lambda row: (row["at"], row["seq"]), reverse=True)
    return {row["request_id"]: orjson.loads(row["details"]) for row in newest_first}


async def expire_intents(
    tx: Transaction, transitions: Sequence[str], request_ids: Sequence[UUID], at: datetime
) -> None:
    """Let open messages about these transitions be no longer worth telling."""
    await tx.sql(
        "UPDATE open_intent SET expires_at = $3 WHERE request_id = ANY($2::uuid[]) AND transition = ANY($1::text[])",
        list(transitions),
        list(request_ids),
        at,
    )
