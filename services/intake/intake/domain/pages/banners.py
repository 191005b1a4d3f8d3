"""Banners: what every page says first, while it holds."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

from chassis.pages import Words, word
from contracts.event import in_language

_WORDS: Final[Words] = {
    "notices": {"en": "Notices of the city", "es": "Avisos de la ciudad"},
    "more": {"en": "Read more", "es": "Más información"},
}


def banners(shown: Iterable[Mapping[str, Any]], language: str) -> str:
    """Show what is to be read before a page, urgent things first; nothing when there is none.

    >>> heat = {"title": {"en": "Heat <wave>"}, "text": {"en": "Cooling centers are open."}, "link": None}
    >>> made = banners([heat], "es")
    >>> "Heat &lt;wave&gt;" in made, "Cooling centers are open." in made, "href" in made, banners([], "es")
    (True, True, False, '')
    """
    lines = [_line(one, language) for one in shown]
    return f'<aside aria-label="{escape(word(_WORDS, "notices", language))}">{"".join(lines)}</aside>' if lines else ""


def _line(one: Mapping[str, Any], language: str) -> str:
    title, text = escape(in_language(one["title"], language)), escape(in_language(one["text"], language))
    more = f' <a href="{escape(one["link"])}">{escape(word(_WORDS, "more", language))}</a>' if one["link"] else ""
    return f"<p><strong>{title}</strong> {text}{more}</p>"
