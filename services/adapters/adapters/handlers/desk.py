"""What every handler needs: the city, and what to call things."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from adapters import store
from adapters.domain.codes import Codes
from adapters.gateways import Album, Pictures, System, open_systems
from adapters.settings import Settings
from chassis.transaction import Reads
from contracts.city import City, load_city


@dataclass(frozen=True, slots=True)
class Desk:
    """The city whose agencies are stood in for, and their systems; `photo_base` is where photos are read."""

    city: City
    photo_base: str
    systems: Mapping[str, System]
    pictures: Pictures

    @property
    def agencies(self) -> tuple[str, ...]:
        """The agencies that are stood in for."""
        return tuple(self.city.adapters)

    @property
    def all(self) -> tuple[str, ...]:
        """Every agency that has an inbox and an outbox."""
        return tuple(agency.slug for agency in self.city.working_agencies)

    def service_name(self, code: str) -> str:
        """Call a service as the city does, in its first language."""
        return self.city.service_name(code).say(self.city.profile.languages[0])

    def local(self, at: datetime) -> datetime:
        """Tell a moment in the city's own time."""
        return at.astimezone(ZoneInfo(self.city.profile.time_zone))

    async def codes(self, reads: Reads, agency: str) -> Codes:
        """Load an agency's codes: the city's, and what people added."""
        return Codes(self.city.adapters[agency].mapping, await store.added_codes(reads, agency))


def open_desk(settings: Settings) -> Desk:
    """Load the city, and make the ways into agencies' systems."""
    city = load_city(settings.city)
    systems = open_systems(city, settings, Album())
    return Desk(city, settings.intake_base_url, systems, Pictures(systems, settings.intake_base_url))


class Bells:
    """Rung when there is something to do, so that nobody need look all the time."""

    def __init__(self) -> None:
        self.errands, self.comparisons = asyncio.Event(), asyncio.Event()
