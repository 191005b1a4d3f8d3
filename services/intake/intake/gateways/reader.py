"""What free words mean among the catalog's types: by its own words, else as whoever is plugged in chose before."""

import time
from collections.abc import Sequence

from chassis.choosing import Choice
from contracts.city import City
from intake.domain.conversations import KeywordTypes, Proposal, as_chosen, is_sure
from intake.domain.conversations.lately import Lately
from intake.domain.masking import mask


class Reader:
    """Reads types for every conversation. Whoever is plugged in is asked before a message is taken, never within it."""

    def __init__(self, city: City, choice: Choice) -> None:
        self._own, self._choice, self._entries = KeywordTypes(city), choice, city.offered_words
        self._chosen = Lately[str, tuple[str, ...]]()

    @property
    def may_ask(self) -> bool:
        """Whether anybody is plugged in."""
        return self._choice.is_there

    async def ask(self, text: str) -> None:
        """Have types chosen for words that name none, without what names a person; it lies ready for a moment."""
        now = time.monotonic()
        if self.may_ask and self._chosen.said(text, now) is None:
            chosen = await self._choice.among(mask(text), self._entries)
            if chosen is not None:
                self._chosen.keep(text, chosen, time.monotonic())

    def read(self, text: str) -> Sequence[Proposal]:
        """Name up to three services: whose own phrase was said, else who was chosen, else whose words are near."""
        near = self._own.read(text)
        chosen = None if is_sure(near) else self._chosen.said(text, time.monotonic())
        return as_chosen(chosen[0], near) if chosen else near
