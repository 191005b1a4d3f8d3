"""Places that a person must look at, and corrections of a request's place."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.frontends import Place
from intake.store.tables import Base, Request

_WAITING = """
SELECT u.request_id, u.doubt, u.candidates, r.tracking_number, r.service_code, r.address, r.opened_at
FROM unverified_place u JOIN request r USING (request_id)
WHERE r.substatus <> 'closed' AND ($1::timestamptz IS NULL OR (u.at, u.request_id) > ($1, $2))
ORDER BY u.at, u.request_id LIMIT $3
"""
_PLACE = """
SELECT request_id, service_code, address, latitude, longitude, area, place_verified, place_method, place_accuracy,
  place_confidence, asset_id, setting, attributes
FROM request WHERE request_id = ANY($1::uuid[])
"""


class UnverifiedPlace(Base, table=True):
    """A place that waits for correction: why it is doubted, and what it may be."""

    __tablename__ = "unverified_place"
    __table_args__ = (Index("unverified_place_by_time", "at", "request_id"),)

    request_id: UUID = Field(primary_key=True)
    doubt: str
    candidates: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    at: datetime = Field(sa_type=DateTime(timezone=True))


def place_columns(place: Place) -> dict[str, Any]:
    """Write a place into the columns of its request."""
    return {
        "address": place.address,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "area": place.area,
        "place_verified": place.verified,
        "place_method": place.method.value if place.method else None,
        "place_accuracy": place.accuracy_metres,
        "place_confidence": place.confidence,
        "asset_id": place.asset_id,
        "setting": place.setting.value if place.setting else None,
    }


async def places_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, tuple[Row, Place]]:
    """Read where requests are: the row with service and answers, and the place."""
    rows = await reads.sql(_PLACE, request_ids)
    return {row["request_id"]: (row, _place(row)) for row in rows}


def _place(row: Row) -> Place:
    return Place(
        address=row["address"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        area=row["area"],
        verified=row["place_verified"],
        method=row["place_method"],
        accuracy_metres=row["place_accuracy"],
        confidence=row["place_confidence"],
        asset_id=row["asset_id"],
        setting=row["setting"],
    )


async def list_unverified(reads: Reads, limit: int, after: tuple[datetime, UUID] | None = None) -> list[Row]:
    """List open requests whose place waits for correction, the longest waiting first."""
    at, request_id = after or (None, None)
    return await reads.sql(_WAITING, at, request_id, limit)


async def correct_places(tx: Transaction, places: Mapping[UUID, Place]) -> None:
    """Write corrected places, and take the known ones out of the queue."""
    rows = [{"request_id": request_id, **place_columns(place)} for request_id, place in places.items()]
    await tx.update(Request, rows, ("request_id",))
    known = [request_id for request_id, place in places.items() if place.verified]
    await tx.sql("DELETE FROM unverified_place WHERE request_id = ANY($1::uuid[])", known)
