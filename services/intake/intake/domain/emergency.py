"""Life-safety words: whoever uses one hears at once whom to call; the report is taken all the same."""

import re
import unicodedata
from functools import lru_cache


def is_emergency(text: str, words: tuple[str, ...]) -> bool:
    """Tell whether a text holds one of the city's words, whole, whatever its case and accents.

    >>> is_emergency("There is a GAS LEAK in my kitchen!", ("gas leak", "fuga de gas"))
    True
    >>> is_emergency("Graffiti on the fireplace wall", ("fire",))
    False
    """
    return bool(text) and bool(words) and _pattern(words).search(_plain(text)) is not None


@lru_cache(maxsize=16)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(_plain(word)) for word in words) + r")\b")


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
