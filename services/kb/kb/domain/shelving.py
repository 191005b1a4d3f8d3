"""What of an article is searched, in one language: its own words, and residents' words for the service it is about."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from contracts.city import City
from kb.domain.search import Fields

MOST_SPOKEN: Final = 2
"""An article of more services than this is about none of them in particular."""


def fields_of(said: Mapping[str, Any], city: City, language: str) -> Fields:
    """Sort an article's texts by what they weigh; what staff see beside it is not searched."""
    keywords = " ".join((said.get("keywords") or {}).get(language, ()))
    title, summary, body = (str((said.get(part) or {}).get(language, "")) for part in ("title", "summary", "body"))
    return Fields(title, keywords, summary, f"{body} {spoken(said['services'], city, language)}")


def spoken(services: Sequence[str], city: City, language: str) -> str:
    """Give residents' own words for services, as the city's folder has them: an article of one is asked for so."""
    if len(services) > MOST_SPOKEN:
        return ""
    found = [city.spoken[code].root.get(language, ()) for code in services if code in city.spoken]
    return " ".join(phrase for phrases in found for phrase in phrases)
