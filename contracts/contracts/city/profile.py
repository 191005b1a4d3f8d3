"""What a city is: its name, languages, telephone numbers, outline and kinds of areas."""

from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Code, LocalizedText, LocalizedWords, Slug


class Handoff(CityModel):
    """Words that mean that somebody else must hear this at once, and what to tell the person."""

    phone: str
    words: LocalizedWords
    text: LocalizedText


class BoundingBox(CityModel):
    """The outline's outermost degrees (WGS 84); a report from outside gets a word that it may be another city's."""

    south: float = Field(ge=-90, le=90)
    west: float = Field(ge=-180, le=180)
    north: float = Field(ge=-90, le=90)
    east: float = Field(ge=-180, le=180)

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a point lies inside.

        >>> BoundingBox(south=33, west=-119, north=35, east=-118).holds(34.05, -118.24)
        True
        """
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east

    @model_validator(mode="after")
    def _upright(self) -> Self:
        if self.south >= self.north or self.west >= self.east:
            raise ValueError("has its corners the wrong way round; south is below north, west below east")
        return self


class AreaKind(CityModel):
    """A way the city is divided; no ids means that any id is taken."""

    kind: Code
    name: LocalizedText
    ids: tuple[str, ...] = ()


class Profile(CityModel):
    """The city itself; `languages` has the first language first, `triage_services` those that a person must read."""

    slug: Slug
    name: str
    jurisdiction_id: str
    time_zone: str
    languages: tuple[str, ...] = Field(min_length=1)
    phone: str | None = None
    operator_agency: Slug = Field(description="the agency that runs 311 and its triage desk")
    triage_services: tuple[Slug, ...]
    emergency: Handoff
    social_services: Handoff
    bounding_box: BoundingBox
    areas: tuple[AreaKind, ...] = ()

    @model_validator(mode="after")
    def _zone_exists(self) -> Self:
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError):
            raise ValueError(f"time_zone {self.time_zone} is not a zone of the tz database") from None
        return self
