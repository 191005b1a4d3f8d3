"""How to read the city's own export of requests: columns, times and the meaning of its codes."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from contracts.city.base import CityModel, Code, Slug
from contracts.vocabulary import Channel, Operator


class Columns(CityModel):
    """The export's column for each fact; areas by the kind of area."""

    number: str
    created: str
    updated: str
    closed: str
    scheduled: str | None = None
    type: str
    owner: str
    status: str
    source: str
    anonymous: str
    address: str
    zip_code: str | None = None
    latitude: str
    longitude: str
    areas: Mapping[Code, str] = {}


class Origin(CityModel):
    """How a report came: the channel, and who keyed it in."""

    channel: Channel
    operator: Operator


class LegacyImport(CityModel):
    """One export format. A type, owner, status or source that is not listed is reported, never guessed."""

    name: Slug
    title: str
    encoding: str = "utf-8"
    time_format: str
    time_zone: str
    newest_first: bool = False
    columns: Columns
    anonymous_values: tuple[str, ...]
    types: Mapping[str, Slug] = Field(min_length=1)
    owners: Mapping[str, Slug] = Field(min_length=1)
    sources: Mapping[str, Origin] = Field(min_length=1)
    statuses: Mapping[str, Literal["closed", "cancelled", "referral", "open"]] = Field(min_length=1)
