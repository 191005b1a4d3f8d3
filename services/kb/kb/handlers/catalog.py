"""What is on the shelf, in order: made anew when an article changes, so that no list reads every article."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple, Self

from kb.domain.workflow import Holding


@dataclass(frozen=True, slots=True)
class Card:
    """What is kept of an article beside its words: enough to list it, show a hit and decide who may see it."""

    article_id: str
    version: int
    title: Mapping[str, str]
    summary: Mapping[str, str]
    agency: str
    section: str
    services: tuple[str, ...]
    internal: bool
    banner: bool
    holding: Holding
    areas: Mapping[str, tuple[str, ...]]
    review_by: date
    fees: Mapping[str, str] | None


class Page(NamedTuple):
    """Cards of a list, and the id after which the next ones stand, if there are more."""

    cards: Sequence[Card]
    after: str | None


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every card by its id, and the public ones by the services they are about."""

    change: int = 0
    cards: Sequence[Card] = ()
    by_service: Mapping[str, Sequence[Card]] = field(default_factory=dict)
    banners: Sequence[Card] = ()

    @classmethod
    def of(cls, cards: Iterable[Card], change: int) -> Self:
        """Put cards in order."""
        ordered = sorted(cards, key=lambda card: card.article_id)
        public = [card for card in ordered if not card.internal]
        by_service: dict[str, list[Card]] = {}
        for card in public:
            for service in card.services:
                by_service.setdefault(service, []).append(card)
        return cls(change, ordered, by_service, [card for card in public if card.banner])

    def page(self, *, internal: bool, service: str | None, after: str, limit: int) -> Page:
        """Give the cards behind an id, of one service or of all; internal ones to those who may see them."""
        begin = bisect_right(self.cards, after, key=lambda card: card.article_id)
        wanted = (
            card
            for card in islice(self.cards, begin, None)
            if (internal or not card.internal) and (service is None or service in card.services)
        )
        found = list(islice(wanted, limit + 1))
        return Page(found[:limit], found[limit - 1].article_id if len(found) > limit else None)

    def holding_banners(self, now: datetime) -> list[Card]:
        """List the surge articles that hold now."""
        return [card for card in self.banners if card.holding.at(now)]
