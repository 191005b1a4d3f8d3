"""Errands in agencies' systems: whose turn it is, and how each went."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from adapters.store.tables import Delivery
from chassis.sql import Row
from chassis.transaction import Reads, Transaction

HOLD: Final = timedelta(seconds=90)
"""How long a deliverer has for what it took up; a process that died is replaced after it."""


async def add_deliveries(tx: Transaction, rows: Sequence[Row]) -> None:
    """Note errands; one that is there already stays as it is."""
    await tx.insert(Delivery, rows, ignore=("delivery_id",))


# The first unsent errand of each handover, when it is due: what waits or is parked holds those behind it back.
_TAKE: Final = """
WITH head AS (
    SELECT d.delivery_id FROM delivery AS d
    WHERE d.state = 'open' AND d.next_attempt_at <= $1 AND (d.held_until IS NULL OR d.held_until < $1)
      AND NOT EXISTS (SELECT FROM delivery AS earlier WHERE earlier.agency = d.agency
        AND earlier.reference = d.reference AND earlier.seq < d.seq AND earlier.state <> 'sent')
    ORDER BY d.next_attempt_at, d.seq LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE delivery AS d SET held_until = $3, attempts = d.attempts + 1 FROM head, handover AS h
WHERE d.delivery_id = head.delivery_id AND h.agency = d.agency AND h.reference = d.reference
RETURNING d.*, h.number, h.version, h.request_id
"""


async def is_due(reads: Reads, at: datetime) -> bool:
    """Tell whether any errand may be due; costs a look at an index that holds only what is open."""
    wanted = "SELECT EXISTS (SELECT FROM delivery WHERE state = 'open' AND next_attempt_at <= $1) AS any"
    return bool((await reads.sql(wanted, at))[0]["any"])


async def take_due(tx: Transaction, most: int) -> list[Row]:
    """Take up errands that are due; nobody else runs them for a while.

    The attempt counts from here: a process that dies within it leaves a mark, and what it made is looked for.
    """
    return await tx.sql(_TAKE, tx.now, most, tx.now + HOLD)


async def save_outcomes(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep how attempts went; each row names the delivery and sets what changed."""
    await tx.update(Delivery, rows, keys=("delivery_id",))


async def deliveries_of(reads: Reads, agency: str | None, state: str | None, reference: str | None) -> list[Row]:
    """List errands, newest first."""
    wanted = (
        "SELECT * FROM delivery WHERE ($1::text IS NULL OR agency = $1) AND ($2::text IS NULL OR state = $2)"
        " AND ($3::text IS NULL OR reference = $3) ORDER BY seq DESC LIMIT 500"
    )
    return await reads.sql(wanted, agency, state, reference)


_REOPEN: Final = """
UPDATE delivery SET state = 'open', next_attempt_at = $2, held_until = NULL,
  give_up_at = $2::timestamptz + (give_up_at - made_at)
WHERE delivery_id = ANY($1::uuid[]) AND state IN ('waits', 'parked') RETURNING delivery_id
"""


async def reopen_deliveries(tx: Transaction, delivery_ids: Sequence[UUID]) -> list[UUID]:
    """Let errands be run again; returns those that waited for it."""
    return [row["delivery_id"] for row in await tx.sql(_REOPEN, list(delivery_ids), tx.now)]


async def give_up(tx: Transaction, delivery_id: UUID, why: str) -> None:
    """Let an errand count as done by hand, so that those behind it may go on."""
    row: dict[str, Any] = {"delivery_id": delivery_id, "state": "sent", "detail": why, "sent_at": tx.now}
    await tx.update(Delivery, [row], keys=("delivery_id",))
