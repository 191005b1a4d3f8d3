"""What may be booked: the slots of each service, how many a slot takes, and how long before."""

import datetime as dt
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Slug

Day = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


class SlotTime(CityModel):
    """A slot that comes again on these days of the week, in the city's own time; holidays have none."""

    days: tuple[Day, ...] = Field(min_length=1)
    starts: dt.time
    ends: dt.time
    capacity: int = Field(ge=1, le=10_000, description="appointments that the slot takes")

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends <= self.starts:
            raise ValueError("ends before it starts; a slot lies within one day")
        return self


class Bookable(CityModel):
    """A service whose requests may have an appointment."""

    service: Slug
    notice_hours: float = Field(ge=0, le=720, description="a slot is booked, moved and given back so long before")
    days_ahead: int = Field(ge=1, le=90, description="how far ahead slots are shown")
    slots: tuple[SlotTime, ...] = Field(min_length=1)


class AppointmentsFile(CityModel):
    """`appointments.yaml`, which a city may do without."""

    services: tuple[Bookable, ...]
