"""What every part of a city folder is made of: frozen models, names, texts by language and opening hours."""

import re
from datetime import datetime, time
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationInfo, model_validator

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""A name for machines in lower case with hyphens; agency slugs become parts of topic names."""

Code = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
"""A name for attributes and options in lower case with underscores."""

Share = Annotated[float, Field(ge=0, le=1)]
"""A part of a whole, 0 to 1."""

PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = re.compile(r"^(?P<first>[A-Z][a-z]{2})-(?P<last>[A-Z][a-z]{2}) (?P<opens>\d\d:\d\d)-(?P<closes>\d\d:\d\d)$")


class CityModel(BaseModel):
    """A frozen part of a city folder; a key it does not know is an error, so that a typing slip cannot hide."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class LocalizedText(RootModel[dict[str, str]]):
    """One text in each language of the city, by language code.

    >>> LocalizedText({"en": "Pothole", "es": "Bache"}).say("es")
    'Bache'
    >>> LocalizedText({"en": "Pothole", "es": "Bache"}).say("fr")
    'Pothole'
    """

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    def say(self, language: str) -> str:
        """Return the text in this language, or in the city's first language where there is none."""
        return self.root.get(language) or next(iter(self.root.values()))

    @model_validator(mode="after")
    def _complete(self, info: ValidationInfo) -> Self:
        languages = (info.context or {}).get("languages")
        if languages:
            _require_complete(self.root, languages)
        return self


def _require_complete(texts: dict[str, str], languages: tuple[str, ...]) -> None:
    """Raise ValueError unless each language, and no other, has a text of its own."""
    missing = [language for language in languages if not texts.get(language)]
    unknown = [language for language in texts if language not in languages]
    if missing or unknown:
        raise ValueError(
            f"has languages {', '.join(texts) or 'none'}; give a text in exactly {', '.join(languages)}, the city's own"
        )
    if len(texts) > 1 and len(set(texts.values())) == 1 and _has_sentence(texts[languages[0]]):
        raise ValueError(f"reads the same in {' and '.join(languages)}; translate it")


def _has_sentence(text: str) -> bool:
    """Whether a text is more than one word: single words ("Taxi") may be the same in two languages."""
    return len(re.findall(r"[^\W\d_]+", PLACEHOLDER.sub("", text))) > 1


class LocalizedWords(RootModel[dict[str, tuple[str, ...]]]):
    """Words and phrases to look for, by language code; they may be shared between languages."""

    model_config = ConfigDict(frozen=True)

    def all(self) -> tuple[str, ...]:
        """Return the words of every language, first language first."""
        return self.every

    @cached_property
    def every(self) -> tuple[str, ...]:
        """The words of every language, put together once: reports are held against them all day."""
        return tuple(word for words in self.root.values() for word in words)


class OpeningHours(RootModel[str]):
    """When people answer, in the city's own time: `24/7`, or `Mon-Fri 08:00-17:00`.

    >>> OpeningHours("Mon-Fri 08:00-17:00").is_open(datetime(2026, 11, 20, 16, 59))
    True
    >>> OpeningHours("Mon-Fri 08:00-17:00").is_open(datetime(2026, 11, 21, 12, 0))
    False
    >>> OpeningHours("24/7").is_open(datetime(2026, 11, 21, 3, 0))
    True
    """

    model_config = ConfigDict(frozen=True)

    def is_open(self, local: datetime) -> bool:
        """Whether somebody answers at this local time of the city; holidays are the caller's business."""
        if self.root == "24/7":
            return True
        first, last, opens, closes = _HOURS.match(self.root).groups()  # type: ignore[union-attr]
        in_days = DAYS.index(first) <= local.weekday() <= DAYS.index(last)
        return in_days and time.fromisoformat(opens) <= local.time() < time.fromisoformat(closes)

    @model_validator(mode="after")
    def _readable(self) -> Self:
        match = _HOURS.match(self.root)
        if self.root != "24/7" and not (match and {match["first"], match["last"]} <= set(DAYS)):
            raise ValueError("is not a way to say hours; write 24/7 or, for example, Mon-Fri 08:00-17:00")
        return self
