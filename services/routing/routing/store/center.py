"""Contacts of the contact center, as they were told of: where each was handed on to, with number and hours then."""

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
SELECT kind, destination, reason, was_open, count(*) AS contacts FROM contact_heard
WHERE at >= $1 AND at < $2 GROUP BY kind, destination, reason, was_open
"""


class ContactHeard(Base, table=True):
    """One contact that has ended; `phone` and `hours` are those of its destination, as printed then."""

    __tablename__ = "contact_heard"
    __table_args__ = (Index("contact_heard_at", "at"),)
    contact_id: UUID = Field(primary_key=True)
    at: datetime = moment_column()
    kind: str
    channel: str
    destination: str | None
    reason: str | None
    wait_seconds: float | None
    phone: str | None
    hours: str | None
    was_open: bool | None


async def keep_contacts(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep contacts; one that is told again is the same."""
    await tx.insert(ContactHeard, rows, ignore=("contact_id",))


async def contact_counts(reads: Reads, since: datetime, until: datetime) -> list[Row]:
    """Count the contacts of a time by what became of them."""
    return await reads.sql(_COUNTS, since, until)
