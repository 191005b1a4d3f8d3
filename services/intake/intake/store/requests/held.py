"""Reports that wait for a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.store.tables import Base, reporter_in

_MOMENT = DateTime(timezone=True)


class VaultHeld(Base, table=True):
    """A report as it came, with the number it has already; `state` is held, released or refused."""

    __tablename__ = "vault_held"
    __table_args__ = (
        Index("vault_held_by_time", "at", postgresql_where=text("state = 'held'")),
        {"info": {"erased_by": reporter_in("report")}},
    )

    held_id: str = Field(primary_key=True)
    tracking_number: str
    report: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    contact_ref: str | None
    why: str
    state: str
    at: datetime = Field(sa_type=_MOMENT)
    decided_by: str | None
    decided_at: datetime | None = Field(sa_type=_MOMENT)
    reason: str | None


async def list_held(reads: Reads, limit: int) -> list[Row]:
    """List what waits, the longest waiting first."""
    text = "SELECT held_id, tracking_number, report, why, at FROM vault_held WHERE state = 'held' ORDER BY at LIMIT $1"
    return await reads.sql(text, limit)


async def lock_held(tx: Transaction, held_id: str) -> Row | None:
    """Lock a report that still waits."""
    rows = await tx.sql("SELECT * FROM vault_held WHERE held_id = $1 AND state = 'held' FOR UPDATE", held_id)
    return rows[0] if rows else None


async def decide_held(tx: Transaction, held_id: str, decision: Mapping[str, Any]) -> None:
    """Write down what was decided."""
    await tx.update(VaultHeld, [{"held_id": held_id, **decision, "decided_at": tx.now}], ("held_id",))
