"""Life-safety words: whoever uses one hears at once whom to call; the report is taken all the same."""

import re
import unicodedata
from functools import lru_cache
from itertools import filterfalse

_WORD = re.compile(r"\w+")


def is_emergency(text: str, words: tuple[str, ...]) -> bool:
    r"""Tell whether a text holds one of the city's words, whole, whatever its case and accents.

    >>> is_emergency("There is a GAS LEAK in my kitchen!", ("gas leak", "fuga de gas"))
    True
    >>> is_emergency("a gas\n leak", ("gas leak",)), is_emergency("GAS-LEAK!!", ("gas leak",))
    (True, True)
    >>> is_emergency("Graffiti on the fireplace wall", ("fire",))
    False
    """
    if not (text and words):
        return False
    plain = _plain(text)
    # Every phrase starts with a word: a text without any of these need not be searched for whole phrases.
    return not _first_words(words).isdisjoint(_WORD.findall(plain)) and _pattern(words).search(plain) is not None


@lru_cache(maxsize=16)
def _first_words(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(first[0] for word in words if (first := _WORD.findall(_plain(word))))


@lru_cache(maxsize=16)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    phrases = (r"\W+".join(map(re.escape, _WORD.findall(_plain(word)))) for word in words)
    return re.compile(r"\b(?:" + "|".join(filter(None, phrases)) + r")\b")


def _plain(text: str) -> str:
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(filterfalse(unicodedata.combining, decomposed))
