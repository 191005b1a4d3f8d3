"""The map of recent requests: what is shown of a place, and how quickly its requests were completed."""

from asyncio import Event, Lock
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from chassis.errors import invalid
from chassis.http import Doors
from chassis.transaction import Reads
from contracts.city import City
from intake.domain.pages.map import Chosen, Ground, map_page
from intake.domain.places.areas import Areas
from intake.domain.public.pace import DAYS, Pace, pace_of
from intake.handlers.desk import Desk, Facts
from intake.handlers.public.views import list_requests
from intake.store import Search
from intake.store.public import ground

RECENT: Final = timedelta(days=30)
MOST: Final = 200
NEW: Final = timedelta(seconds=5)
FRESH: Final = timedelta(minutes=5)
MOST_PAGES: Final = 50
_EVERYWHERE: Final = ""


async def index_areas(doors: Doors, _stop: Event, desk: Desk) -> None:
    """Make lists of an area quick, as the service starts: which kinds of area there are is the city's to say."""
    async with doors.reads() as reads:
        await ground.index_areas(reads, [kind.kind for kind in desk.city.profile.areas])


@dataclass(slots=True)
class MapBook:
    """What many ask for at once: pages as they were five seconds ago, and the pace, counted anew after five minutes."""

    counted: dict[tuple[str, str | None], tuple[datetime, Mapping[str, Pace]]] = field(default_factory=dict)
    pages: dict[tuple[Chosen, str], tuple[datetime, str]] = field(default_factory=dict)
    one_at_a_time: Lock = field(default_factory=Lock)

    def page(self, chosen: Chosen, language: str, now: datetime) -> str | None:
        """Give a page that was made a moment ago."""
        at, made = self.pages.get((chosen, language), (now - 2 * NEW, ""))
        return made if now - at < NEW else None

    def keep(self, chosen: Chosen, language: str, now: datetime, made: str) -> str:
        """Keep a page for those who ask in the next moment."""
        if len(self.pages) >= MOST_PAGES:
            self.pages.clear()
        self.pages[chosen, language] = (now, made)
        return made

    async def by_area(self, reads: Reads, kind: str, service: str | None, now: datetime) -> Mapping[str, Pace]:
        """Give the pace of each area of a kind; of the whole city where the kind is empty."""
        async with self.one_at_a_time:
            at, found = self.counted.get((kind, service), (now - 2 * FRESH, {}))
            if now - at >= FRESH:
                rows = await ground.pace_by_area(reads, kind, service, now - DAYS)
                found = {row["area"]: pace for row in rows if (pace := pace_of(row))}
                self.counted[kind, service] = (now, found)
            return found


async def draw_map(doors: Doors, book: MapBook, chosen: Chosen, desk: Desk, language: str) -> str:
    """Make the page of a place, or give it as it was a moment ago."""
    now = doors.database.clock()
    if made := book.page(chosen, language, now):
        return made
    async with doors.reads() as reads:
        shown, pace = await show_map(reads, chosen, desk, now), await pace_here(reads, chosen, book, now)
    ground = ground_of(desk.city, desk.places.areas, chosen)
    return book.keep(chosen, language, now, map_page(desk.city, shown, pace, ground, chosen, language))


async def show_map(reads: Reads, chosen: Chosen, desk: Desk, now: datetime) -> Sequence[Facts]:
    """Show the newest requests of a place, as everybody may see them."""
    services = (chosen.service,) if chosen.service else ()
    search = Search(MOST, services=services, status=chosen.status, since=now - RECENT, area=chosen.area)
    found: Sequence[Facts] = (await list_requests(reads, search, desk))["requests"]
    return found


async def pace_here(reads: Reads, chosen: Chosen, book: MapBook, now: datetime) -> Pace | None:
    """Tell how quickly requests of the place were completed."""
    kind, area = chosen.area or (_EVERYWHERE, _EVERYWHERE)
    return (await book.by_area(reads, kind, chosen.service, now)).get(area)


def ground_of(city: City, areas: Areas, chosen: Chosen) -> Ground:
    """Say which areas may be chosen, and which outlines are drawn: the one chosen, else those that are the city."""
    known = {kind.kind: areas.ids(kind.kind) or kind.ids for kind in city.profile.areas}
    whole = next((kind.kind for kind in city.profile.areas if kind.whole), "")
    drawn = areas.outlines(*chosen.area) if chosen.area else areas.outlines(whole)
    return Ground({kind: ids for kind, ids in known.items() if ids}, drawn)


def within(area: str | None, since: datetime | None, now: datetime, city: City) -> dict[str, Any]:
    """Say since when and where requests are wanted: of an area, the last 90 days unless somebody asks for more."""
    here = read_area(area, city)
    return {"area": here, "since": since or (now - DAYS if here else None)}


def read_area(text: str | None, city: City) -> tuple[str, str] | None:
    """Read `kind:id`. Raises a 422 problem that names the kinds there are."""
    if not text:
        return None
    kind, _, area = text.partition(":")
    kinds = [one.kind for one in city.profile.areas]
    if kind not in kinds or not area or not area.isprintable():
        named = ", ".join(kinds) or "none"
        raise invalid(
            [{"field": "area", "problem": f"Expected kind:id, such as {kinds[:1] or ['kind']}:1; kinds: {named}."}]
        )
    return kind, area


def read_service(text: str | None, city: City) -> str | None:
    """Read a service's code. Raises a 422 problem for one that the city has not."""
    if text and text not in city.services:
        raise invalid([{"field": "service", "problem": "No service of this city; GET /services lists them."}])
    return text or None
