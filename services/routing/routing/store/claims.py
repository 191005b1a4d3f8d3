"""Who looks at a waiting request just now, so that no two clerks read the same."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from routing.store.base import Base, moment_column

_CLAIM: Final = """
INSERT INTO triage_claim (request_id, holder, until)
SELECT t.request_id, $2, $4 FROM triage t WHERE t.request_id = ANY($1::uuid[]) AND t.outcome IS NULL
ORDER BY t.request_id
ON CONFLICT (request_id) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE triage_claim.holder = excluded.holder OR triage_claim.until <= $3
RETURNING request_id, until
"""
_NEXT: Final = """
SELECT t.request_id FROM triage t LEFT JOIN triage_claim c ON c.request_id = t.request_id AND c.until > $1
WHERE t.outcome IS NULL AND c.request_id IS NULL ORDER BY t.since, t.request_id LIMIT $2 FOR UPDATE OF t SKIP LOCKED
"""
_HELD: Final = "SELECT request_id, holder, until FROM triage_claim WHERE request_id = ANY($1::uuid[]) AND until > $2"
_RELEASE: Final = """
DELETE FROM triage_claim WHERE request_id = ANY($1::uuid[]) AND (holder = $2 OR $3) RETURNING request_id
"""


class TriageClaim(Base, table=True):
    """A clerk holds a waiting request until a moment; after it, anybody may."""

    __tablename__ = "triage_claim"
    request_id: UUID = Field(primary_key=True)
    holder: str
    until: datetime = moment_column()


async def claim(tx: Transaction, request_ids: Sequence[UUID], holder: str, until: datetime) -> list[Row]:
    """Hold requests that wait and that nobody else holds; claiming again holds them longer."""
    return await tx.sql(_CLAIM, list(request_ids), holder, tx.now, until)


async def next_unclaimed(tx: Transaction, most: int) -> list[UUID]:
    """Find the longest waiting requests that nobody holds."""
    return [row["request_id"] for row in await tx.sql(_NEXT, tx.now, most)]


async def claims_of(reads: Reads, request_ids: Sequence[UUID], now: datetime) -> dict[UUID, Row]:
    """Tell who holds these now."""
    return {row["request_id"]: row for row in await reads.sql(_HELD, list(request_ids), now)}


async def release(tx: Transaction, request_ids: Sequence[UUID], holder: str, *, anyones: bool) -> list[UUID]:
    """Let go of one's own claims, or of anyone's."""
    return [row["request_id"] for row in await tx.sql(_RELEASE, list(request_ids), holder, anyones)]
