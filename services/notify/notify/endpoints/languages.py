"""The languages of a city, as callers ask for them."""

from collections.abc import Collection

from chassis.errors import invalid


def spoken(languages: Collection[str], language: str) -> str:
    """Give a language of the city; raises a 422 problem for another."""
    if language in languages:
        return language
    known = ", ".join(languages)
    raise invalid([{"field": "language", "problem": f"the city does not write {language!r}; ask for {known}"}])
