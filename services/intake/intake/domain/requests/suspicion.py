"""What makes a report wait for a person: plain signs of spam and abuse, chosen by the city. Nothing is thrown away."""

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from contracts.city.people import Suspicion
from intake.domain.requests.emergency import is_emergency as holds_any

_LINK: Final = re.compile(r"https?://|www\.", re.IGNORECASE)
_WORD: Final = re.compile(r"\w{3,}")


def suspect(text: str, rules: Suspicion) -> str | None:
    """Name the first sign that a text shows, or None.

    >>> from contracts.city import LocalizedText, LocalizedWords
    >>> rules = Suspicion(links_at_most=1, same_letter_at_most=9, same_word_at_most=5, told=LocalizedText({"en": "x"}),
    ...     blocked_words=LocalizedWords({"en": ("casino bonus",)}))
    >>> suspect("A pothole, see https://example.org/1.", rules) is None
    True
    >>> suspect("https://a.example www.b.example", rules), suspect("Get a CASINO bonus!", rules)
    ('links', 'blocked_words')
    >>> suspect("aaaaaaaaaaaaaaaaaaaa", rules), suspect("spam " * 30, rules)
    ('same_letter', 'same_word')
    """
    if not text:
        return None
    if ("://" in text or "www." in text.lower()) and len(_LINK.findall(text)) > rules.links_at_most:
        return "links"
    if len(text) > rules.same_letter_at_most and _repeated(rules.same_letter_at_most).search(text):
        return "same_letter"
    if len(text) > 4 * rules.same_word_at_most and _most_common(text) > rules.same_word_at_most:
        return "same_word"
    return "blocked_words" if holds_any(text, rules.blocked_words.all()) else None


@lru_cache(maxsize=8)
def _repeated(most: int) -> re.Pattern[str]:
    return re.compile(rf"([^\W_])\1{{{most},}}")


def _most_common(text: str) -> int:
    counted = Counter(_WORD.findall(text.lower())).most_common(1)
    return counted[0][1] if counted else 0
