"""Ground that rules look at beside the city's own areas: outlines drawn for a rule, and who owns what stands there."""

import re
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, LocalizedText, Slug

Point = tuple[Annotated[float, Field(ge=-180, le=180)], Annotated[float, Field(ge=-90, le=90)]]
"""A corner: longitude, then latitude."""


class Outline(CityModel):
    """A piece of ground by its corners, each longitude and latitude (WGS 84), as GeoJSON writes them."""

    slug: Slug
    name: LocalizedText
    ring: tuple[Point, ...] = Field(min_length=3)
    source: str = Field(min_length=1)

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """South, west, north and east."""
        longitudes, latitudes = zip(*self.ring, strict=True)
        return min(latitudes), min(longitudes), max(latitudes), max(longitudes)

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a point lies inside.

        >>> corners = ((0, 0), (4, 0), (4, 4), (2, 1), (0, 4))
        >>> yard = Outline(slug="yard", name={"en": "Yard"}, source="drawn", ring=corners)
        >>> yard.holds(0.5, 2), yard.holds(3, 2), yard.holds(2, 0.5), yard.holds(9, 9)
        (True, False, True, False)
        """
        south, west, north, east = self.box
        if not (south <= latitude <= north and west <= longitude <= east):
            return False
        inside, (x1, y1) = False, self.ring[-1]
        for x2, y2 in self.ring:  # every side that a line to the east crosses turns outside into inside and back
            if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1:
                inside = not inside
            x1, y1 = x2, y2
        return inside


class AssetOwner(CityModel):
    """Whose an asset is, told by its number: `ids` lists numbers, `pattern` describes them. The first entry wins.

    >>> lights = AssetOwner(owner="utility", name={"en": "The utility"}, services=("light",), pattern="W-[0-9]+",
    ...                     source="its list")
    >>> lights.owns("light", "w-17"), lights.owns("light", "17"), lights.owns("meter", "W-17")
    (True, False, False)
    """

    owner: Slug
    name: LocalizedText
    services: tuple[Slug, ...] = Field(min_length=1)
    ids: frozenset[str] = frozenset()
    pattern: str | None = Field(default=None, description="a regular expression for the whole number, in any case")
    source: str = Field(min_length=1)

    def owns(self, service: str, asset_id: str) -> bool:
        """Whether the asset of this number, as a request of the service names it, is this owner's."""
        number = asset_id.strip().upper()
        return service in self.services and (number in self._ids or bool(self._form and self._form.fullmatch(number)))

    @cached_property
    def _ids(self) -> frozenset[str]:
        return frozenset(number.upper() for number in self.ids)

    @cached_property
    def _form(self) -> re.Pattern[str] | None:
        return re.compile(self.pattern, re.IGNORECASE) if self.pattern else None

    @model_validator(mode="after")
    def _tells(self) -> Self:
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise ValueError(f"has a pattern that is no regular expression: {error}") from None
        if not (self.ids or self.pattern):
            raise ValueError("tells no number; give ids or a pattern")
        return self
