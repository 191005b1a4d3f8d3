"""Requests that the triage desk sent elsewhere: where to, why, and with which number and hours."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from routing.store.base import Base, moment_column

_COUNTS: Final = """
SELECT 'request_diverted' AS kind, destination, reason, was_open, count(*) AS contacts FROM diversion
WHERE at >= $1 AND at < $2 GROUP BY destination, reason, was_open
"""
_MADE: Final = "SELECT request_id, max(sequence) AS made FROM diversion WHERE request_id = ANY($1::uuid[]) GROUP BY 1"
_ENDED: Final = """
SELECT request_id, cycle FROM diversion WHERE request_id = ANY($1::uuid[]) AND disposition IS NOT NULL
"""


class Diversion(Base, table=True):
    """One request sent elsewhere; `cycle` is the count of reopenings before, `disposition` is none if it stays open."""

    __tablename__ = "diversion"
    __table_args__ = (Index("diversion_at", "at"),)
    request_id: UUID = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    diversion_id: UUID
    at: datetime = moment_column()
    cycle: int
    destination: str
    kind: str
    reason: str
    disposition: str | None
    phone: str | None
    hours: str | None
    was_open: bool | None


async def keep(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep diversions; one that is told again is the same."""
    await tx.insert(Diversion, rows, ignore=("request_id", "sequence"))


async def made(tx: Transaction, request_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Tell how often requests were sent elsewhere."""
    return {row["request_id"]: row["made"] for row in await tx.sql(_MADE, list(request_ids))}


async def ended(tx: Transaction, request_ids: Sequence[UUID]) -> set[tuple[UUID, int]]:
    """Tell which closings, by request and count of reopenings before, came of sending it elsewhere."""
    return {(row["request_id"], row["cycle"]) for row in await tx.sql(_ENDED, list(request_ids))}


async def counts(reads: Reads, since: datetime, until: datetime) -> list[Row]:
    """Count the requests sent elsewhere in a time, as contacts are counted."""
    return await reads.sql(_COUNTS, since, until)
