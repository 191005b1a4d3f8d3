"""A letter on its way through the handlers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from chassis.principals import Principal
from chassis.records import Command
from contracts.city import City
from contracts.frontends import Reporter
from intake.domain.letters.judging import Fate
from intake.domain.letters.reading import Letter
from intake.domain.letters.words import own_words
from intake.domain.requests.free_text import language_of

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Target:
    """The request and contact that a signed address stands for."""

    request_id: UUID
    contact_ref: str


@dataclass(frozen=True, slots=True)
class Mailed:
    """A letter with its photos kept, for one purpose."""

    key: str
    letter: Letter
    raw: bytes
    photos: Sequence[str]
    fate: Fate
    target: Target | None = None

    @property
    def words(self) -> str:
        """What its writer says to those at work."""
        return own_words(self.letter.text)[:4000]

    @property
    def is_new(self) -> bool:
        """Whether it begins something: it is taken, and no answer to what a request was told."""
        return self.target is None and self.fate is Fate.TAKEN


def writer_of(letter: Letter, city: City) -> Reporter | None:
    """Say who wrote, as the contact they become; nobody, where the letter does not tell."""
    language = language_of(letter.words, city.profile.languages, letter.language)
    return Reporter(name=letter.name, email=letter.sender, language=language) if letter.sender else None


def asked_as(command: Command[Mailed], payload: P, principal: Principal | None = None) -> Command[P]:
    """Ask for something else because of the same letter."""
    who = principal or command.principal
    return Command(payload, who, command.id, command.now, command.key, command.traceparent)
