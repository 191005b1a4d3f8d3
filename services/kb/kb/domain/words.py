"""Words as people type them, and as they are looked for."""

import unicodedata
from typing import Final

CONFIGS: Final[dict[str, str]] = {
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "hy": "armenian",
    "ru": "russian",
}
"""PostgreSQL's text search configuration by language; any other language is searched by whole words."""

LONGEST: Final = 2000
"""Characters of a text that are looked at; a report says what it is about early."""


def config_of(language: str) -> str:
    """Name the text search configuration of a language.

    >>> config_of("es"), config_of("tl")
    ('spanish', 'simple')
    """
    return CONFIGS.get(language, "simple")


def plain(text: str) -> str:
    """Write a text without accents and capitals: people leave out both when they type in a hurry.

    >>> plain("Recolección de MUEBLES")
    'recoleccion de muebles'
    """
    apart = unicodedata.normalize("NFKD", text[:LONGEST])
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).lower().replace("\x00", "")


def in_order(asked: str, languages: tuple[str, ...]) -> tuple[str, ...]:
    """List the languages to look in: the one asked for first, for people also type in the other.

    >>> in_order("es", ("en", "es")), in_order("fr", ("en", "es"))
    (('es', 'en'), ('en', 'es'))
    """
    return tuple(sorted(languages, key=lambda language: language != asked))
