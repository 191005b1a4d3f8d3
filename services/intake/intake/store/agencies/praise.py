"""Which crews were praised, for the work desk."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads
from intake.store.tables import Base


class Praise(Base, table=True):
    """Somebody thanks a crew, by its name; the words stay with survey."""

    __tablename__ = "praise"
    __table_args__ = (Index("praise_by_agency", "agency", "at"),)

    feedback_id: UUID = Field(primary_key=True)
    agency: str
    crew: str | None
    service_code: str | None
    tracking_number: str | None
    request_id: UUID | None
    rating: int | None
    comment_ref: str | None
    at: datetime = Field(sa_type=DateTime(timezone=True))


async def praise_of(reads: Reads, agency: str, crew: str | None, limit: int) -> list[Row]:
    """List an agency's praise, the newest first."""
    text = "SELECT * FROM praise WHERE agency = $1 AND ($2::text IS NULL OR crew = $2) ORDER BY at DESC LIMIT $3"
    return await reads.sql(text, agency, crew, limit)
