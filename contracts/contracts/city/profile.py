"""What a city is: its name, languages, telephone numbers, outline and kinds of areas."""

import re
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Code, LocalizedText, LocalizedWords, Slug

_REPLY = re.compile(r"request\+(?P<number>[0-9a-z-]{1,20})\.(?P<token>[0-9a-z]{1,32})@(?P<domain>[a-z0-9.-]{1,255})")


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


class OutsideCity(CityModel):
    """What to tell about a place that lies outside, and which transfers may be the right ones there."""

    text: LocalizedText
    transfers: tuple[Slug, ...] = ()


class Mailbox(CityModel):
    """Where residents write. An answer to one request goes to an address of its own that cannot be guessed."""

    address: str = Field(pattern=r"^[a-z0-9.-]{1,30}@[a-z0-9-]+(\.[a-z0-9-]+)+$")

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.partition("@")[2]

    def reply_address(self, tracking_number: str, token: str) -> str:
        """Write the address that an answer to one request goes to; `token` is of lower-case letters and digits.

        >>> Mailbox(address="311@city.example").reply_address("0000-0000-0000-0", "ab12")
        'request+0000-0000-0000-0.ab12@city.example'
        """
        return f"request+{tracking_number.lower()}.{token}@{self.domain}"

    def read_reply_address(self, recipient: str) -> tuple[str, str] | None:
        """Read number and token from such an address, in any case; None for every other address.

        >>> Mailbox(address="311@city.example").read_reply_address("REQUEST+0000-0000-0000-0.AB12@City.Example")
        ('0000-0000-0000-0', 'ab12')
        >>> Mailbox(address="311@city.example").read_reply_address("request+1.a@elsewhere.example") is None
        True
        """
        found = _REPLY.fullmatch(recipient.lower())
        return (found["number"].upper(), found["token"]) if found and found["domain"] == self.domain else None


class AreaKind(CityModel):
    """A way the city is divided; no ids means that any id is taken."""

    kind: Code
    name: LocalizedText
    ids: tuple[str, ...] = ()
    whole: bool = Field(default=False, description="together they are the city: what lies in none of them is outside")
    id_property: str = Field(default="id", description="the property of each outline in boundaries/ that is its id")


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
    outside: OutsideCity | None = None
    mail: Mailbox | None = Field(default=None, description="where residents write e-mails; none opens no such door")

    @property
    def forecast_areas(self) -> str:
        """The kind of area by which forecasts are told apart: one that is the whole city, else the first, else none."""
        kinds = sorted(self.areas, key=lambda area: not area.whole)
        return kinds[0].kind if kinds else ""

    @model_validator(mode="after")
    def _zone_exists(self) -> Self:
        try:
            ZoneInfo(self.time_zone)
        except (KeyError, ValueError):
            raise ValueError(f"time_zone {self.time_zone} is not a zone of the tz database") from None
        return self
