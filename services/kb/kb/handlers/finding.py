"""Finding articles and services for words, in this process's own copy of what can be found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from contracts.city import City
from kb.domain.answers import holds_for
from kb.domain.passages import passage_of
from kb.domain.ranking import Match, Suggestions, suggest
from kb.domain.search import Found, Hit
from kb.domain.words import in_order
from kb.handlers.catalog import Card
from kb.handlers.library import Library, Opened

CANDIDATES: Final = 20
MOST_LINKED: Final = 5_000
"""Articles up to which each speaks for its services although its own words were not found."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What may be found: for whom, when, where, and of what kind."""

    now: datetime
    internal: bool = False
    agency: str | None = None
    section: str | None = None
    service: str | None = None
    place: Mapping[str, str] = field(default_factory=dict)

    def lets_through(self, card: Card) -> bool:
        """Tell whether an article may be shown."""
        return (
            (self.internal or not card.internal)
            and card.holding.at(self.now)
            and self.agency in {None, card.agency}
            and self.section in {None, card.section}
            and (self.service is None or self.service in card.services)
            and (not card.areas or holds_for(card.areas, self.place))
        )


def keeper(library: Library, filters: Filters) -> Callable[[str], bool]:
    """Make the test that every hit must pass."""
    cards = library.cards

    def keep(article_id: str) -> bool:
        card = cards.get(article_id)
        return card is not None and filters.lets_through(card)

    return keep


def find(library: Library, text: str, language: str, filters: Filters, limit: int, *, by_meaning: bool = True) -> Found:
    """Find articles in one language, best first."""
    return library.articles[language].find(text, limit, keeper(library, filters), by_meaning=by_meaning)


def find_anywhere(library: Library, text: str, asked: str | None, filters: Filters, limit: int) -> tuple[str, Found]:
    """Find articles in the language that knows the words best; the one asked for wins where it is nearly as good."""
    languages = in_order(asked or "", library.city.profile.languages)
    found = [(language, find(library, text, language, filters, limit)) for language in languages]
    return max(found, key=lambda pair: _fits(pair[1]) * (1.25 if pair[0] == languages[0] else 1.0))


def _fits(found: Found) -> float:
    return max((hit.words * hit.covered for hit in found.hits), default=0.0)


async def passage(library: Library, opened: Opened, hit: Hit, text: str, language: str) -> str:
    """Quote the part of an article that answers."""
    said = await library.content(opened, hit)
    body = (said.get("body") or {}).get(language) or ""
    return passage_of(body, text, language) if body else str(said["summary"].get(language, ""))


def suggest_for(
    library: Library, text: str, asked: str, filters: Filters, languages: Sequence[str] | None = None
) -> tuple[str, Suggestions]:
    """Suggest articles and services for a text, in the first of the languages that knows its words."""
    order = languages or in_order(asked, library.city.profile.languages)
    links = (
        {card.article_id: card.services for card in library.catalog.cards} if len(library.cards) < MOST_LINKED else {}
    )
    for language in order:
        articles = _matches(find(library, text, language, filters, CANDIDATES, by_meaning=False))
        services = _matches(library.services[language].find(text, CANDIDATES))
        if articles or services:
            known = links or {m.subject: library.cards[m.subject].services for m in articles}
            return language, suggest(articles, services, known)
    return order[0], Suggestions((), ())


def _matches(found: Found) -> list[Match]:
    return [Match(hit.key, min(1.0, hit.score)) for hit in found.hits]


def hit_body(card: Card, hit_score: float, language: str) -> dict[str, Any]:
    """Show a hit, to be cited by id and version."""
    return {
        "id": card.article_id,
        "version": card.version,
        "title": said(card.title, language),
        "summary": said(card.summary, language),
        "score": round(hit_score, 3),
        "section": card.section,
        "agency": card.agency,
        "services": list(card.services),
    }


def said(texts: Mapping[str, str], language: str) -> str:
    """Give a text in a language, or in its first where there is none."""
    return texts.get(language) or next(iter(texts.values()), "")


def service_name(city: City, code: str, language: str) -> str | None:
    """Name a service that is offered now."""
    service = city.services.get(code)
    return service.name.say(language) if service and service.enabled else None
