"""The service directory as it was told last: made anew when an article or a forecast changes, not for every reader."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chassis.http import Doors
from contracts.city import City
from kb.domain.directory import entry_of
from kb.handlers.catalog import Card, Catalog
from kb.handlers.reading_room import ReadingRoom
from kb.store import loop

Entries = Mapping[str, Mapping[str, Any]]


@dataclass
class Directory:
    """Every service by its code, in each language that was asked for."""

    _made_of: object = None
    _told: dict[str, Entries] = field(default_factory=dict)

    async def entries(self, doors: Doors, room: ReadingRoom, language: str) -> Entries:
        """Tell of every service in a language."""
        catalog = await room.library.up_to_date(doors.reads())
        async with doors.reads() as reads:
            made_of = catalog.change, await loop.forecasts_mark(reads)
            forecasts = await loop.forecasts(reads) if made_of != self._made_of or language not in self._told else {}
        if made_of != self._made_of:
            self._made_of, self._told = made_of, {}
        if language not in self._told:
            self._told[language] = _entries(room.city, language, forecasts, catalog)
        return self._told[language]


def _entries(city: City, language: str, forecasts: Mapping[str, Any], catalog: Catalog) -> Entries:
    return {
        code: entry_of(
            code, city, language, forecasts.get(code), [_linked(c) for c in catalog.by_service.get(code, ())]
        )
        for code, service in city.services.items()
        if service.enabled
    }


def _linked(card: Card) -> dict[str, Any]:
    return {"id": card.article_id, "version": card.version, "title": card.title, "fees": card.fees}
