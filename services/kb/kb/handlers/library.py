"""What can be found now, in memory: an index per language that follows the published versions."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeAlias

from chassis.http import Doors
from chassis.sql import Row
from chassis.transaction import Reads
from contracts.city import City
from kb.domain.search import Fields, Hit, Index, Synonyms
from kb.domain.shelving import fields_of, spoken
from kb.domain.workflow import Holding
from kb.gateways.meaning import meaning
from kb.handlers.catalog import Card, Catalog
from kb.store import articles as store

CHUNK: Final = 500
POLL_SECONDS: Final = 0.25
MOST_IN_HAND: Final = 2000
Opened: TypeAlias = AbstractAsyncContextManager[Reads]


@dataclass
class Library:
    """One process's own copy of what can be found."""

    city: City
    by_meaning: frozenset[str]
    cards: dict[str, Card] = field(default_factory=dict)
    change: int = 0
    catalog: Catalog = field(default_factory=Catalog)
    articles: dict[str, Index] = field(init=False)
    services: dict[str, Index] = field(init=False)
    _bodies: dict[tuple[str, int], Mapping[str, Any]] = field(default_factory=dict)
    _following: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        """Open an index a language, and put the city's services in."""
        groups = self.city.synonyms
        languages = self.city.profile.languages
        known = {language: Synonyms(groups.get(language, ()), language) for language in languages}
        models = {language: meaning(language) if language in self.by_meaning else None for language in languages}
        self.articles = {language: Index(language, known[language], models[language]) for language in languages}
        self.services = {language: Index(language, known[language]) for language in languages}
        for language, index in self.services.items():
            for service in self.city.services.values():
                if service.enabled:
                    words = " ".join(service.keywords.root.get(language, ()))
                    texts = service.name.say(language), words, service.description.say(language)
                    index.put(service.code, Fields(*texts, spoken([service.code], self.city, language)))
            index.seal()

    # --- following -------------------------------------------------------------------------------------------------

    async def follow(self, reads: Reads) -> int:
        """Take in what was published since the last time; returns how many articles changed."""
        taken = 0
        async with self._following:
            while rows := await store.changed_since(reads, self.change, CHUNK):
                await asyncio.to_thread(self._take_in, rows)
                self.change = rows[-1]["changed"]
                taken += len(rows)
            if taken:
                await asyncio.to_thread(self._seal)
        return taken

    async def up_to_date(self, opened: Opened) -> Catalog:
        """Give the catalog as of now: who has just published finds it in every list."""
        async with opened as reads:
            await self.follow(reads)
        return self.catalog

    async def run(self, doors: Doors, stop: asyncio.Event) -> None:
        """Follow until stopped."""
        while not stop.is_set():
            async with doors.reads() as reads:
                await self.follow(reads)
            await asyncio.sleep(POLL_SECONDS)

    def _take_in(self, rows: Sequence[Row]) -> None:
        for row in rows:
            article_id, said = row["article_id"], row["content"]
            shown = row["state"] == "published"
            for language, index in self.articles.items():
                if shown and said["title"].get(language):
                    index.put(article_id, fields_of(said, self.city, language))
                else:
                    index.remove(article_id)
            if shown:
                self.cards[article_id] = card_of(row)
            else:
                self.cards.pop(article_id, None)

    def _seal(self) -> None:
        for index in self.articles.values():
            index.seal()
        self.catalog = Catalog.of(self.cards.values(), self.change)

    # --- finding ---------------------------------------------------------------------------------------------------

    async def content(self, opened: Opened, hit: Hit) -> Mapping[str, Any]:
        """Read all that an article says, in its version found; the last read stay in hand."""
        key = hit.key, self.cards[hit.key].version
        if key not in self._bodies:
            async with opened as reads:
                row = await store.article(reads, *key)
            if len(self._bodies) >= MOST_IN_HAND:
                self._bodies.pop(next(iter(self._bodies)))
            self._bodies[key] = row["content"] if row else {}
        return self._bodies[key]


def card_of(row: Row) -> Card:
    """Keep of a version what must be at hand."""
    said = row["content"]
    return Card(
        article_id=row["article_id"],
        version=row["version"],
        title=said["title"],
        summary=said["summary"],
        agency=row["agency"],
        section=said["section"],
        services=tuple(said["services"]),
        internal=said["audience"] == "internal",
        banner=bool(said.get("banner")),
        holding=Holding(_moment(said.get("starts_at")), _moment(said.get("expires_at"))),
        areas={kind: tuple(ids) for kind, ids in (said.get("areas") or {}).items()},
        review_by=date.fromisoformat(said["review_by"]),
        fees=said.get("fees") or None,
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
