"""Appointments, and how full a slot is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads
from intake.store.tables import Base

_MOMENT = DateTime(timezone=True)
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('appointment ' || $1::text, 0))"
_TAKEN = """
SELECT a.service_code, a.starts_at, count(*) AS taken FROM appointment a JOIN request r USING (request_id)
WHERE a.service_code = ANY($1::text[]) AND a.starts_at >= $2 AND a.state <> 'cancelled'
  AND NOT (r.substatus = 'closed' AND r.closure ->> 'disposition' = 'cancelled_by_requester')
GROUP BY a.service_code, a.starts_at
"""


class Appointment(Base, table=True):
    """The one appointment of a request. A withdrawn request no longer fills its slot."""

    __tablename__ = "appointment"
    __table_args__ = (Index("appointment_by_slot", "service_code", "starts_at"),)

    request_id: UUID = Field(primary_key=True)
    appointment_id: UUID
    service_code: str
    state: str
    starts_at: datetime = Field(sa_type=_MOMENT)
    ends_at: datetime = Field(sa_type=_MOMENT)
    at: datetime = Field(sa_type=_MOMENT)


async def lock_services(reads: Reads, services: Sequence[str]) -> None:
    """Let nobody else book these services until the transaction ends; always in the same order."""
    for service in sorted(set(services)):
        await reads.sql(_LOCK, service)


async def taken_slots(reads: Reads, services: Sequence[str], since: datetime) -> dict[tuple[str, datetime], int]:
    """Count the appointments of each slot from a moment on."""
    rows = await reads.sql(_TAKEN, sorted(set(services)), since)
    return {(row["service_code"], row["starts_at"]): row["taken"] for row in rows}


async def appointments_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Read the appointment of each request."""
    rows = await reads.sql("SELECT * FROM appointment WHERE request_id = ANY($1::uuid[])", request_ids)
    return {row["request_id"]: row for row in rows}
