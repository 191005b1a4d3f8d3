"""Bodies of looking places up and correcting them."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field, model_validator

from contracts.vocabulary import Setting
from intake.schemas.requests import Body, Elsewhere, Words


class FoundPlace(Body):
    """A place that may be meant."""

    address: str
    latitude: float
    longitude: float
    confidence: float = Field(ge=0, le=1, description="How sure it is that this place is meant.")
    accuracy_metres: float = Field(ge=0, description="How far off the position may be.")
    area: dict[str, str] = Field({})
    in_city: bool = True


class FoundPlaces(Body):
    """Up to five candidates, the most likely first."""

    candidates: list[FoundPlace]


class NearestAddress(Body):
    """The known address nearest to a point."""

    address: str
    metres: float


class PlaceHere(Body):
    """What is known of a point."""

    nearest: NearestAddress | None
    area: dict[str, str]
    in_city: bool
    elsewhere: Elsewhere | None = None


class UnverifiedPlace(Body):
    """An open request whose place waits for correction."""

    request_id: UUID
    tracking_number: str
    service_code: str
    address: str | None
    doubt: str = Field(description="`not_found`, `uncertain` or `nothing_told`.")
    candidates: list[FoundPlace]
    opened_at: datetime


class UnverifiedPlaces(Body):
    """A page of them, the longest waiting first."""

    places: list[UnverifiedPlace]
    next: str | None = Field(None, description="The cursor of the following page.")


class PlaceCorrection(Body):
    """Where a request really is: a pin, an address to look up, or both."""

    address: Words | None = Field(None, min_length=1, max_length=300)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    asset_id: Words | None = Field(None, max_length=80)
    setting: Setting | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("latitude and longitude go together; send both")
        if self.latitude is None and self.address is None:
            raise ValueError("send latitude and longitude, or an address")
        return self
