"""Reading what people type and say: plain words, whole messages that mean something, numbers, the language."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from contracts.city import LocalizedWords
from intake.domain.requests.tracking import parse_tracking_number

MOST_NUMBERS: Final = 5
_WORD: Final = re.compile(r"[\w']+")
_TRACKING: Final = re.compile(r"(?<![0-9A-Za-z])(?:[0-9A-Za-z][ -]{0,2}){12}[0-9A-Za-z](?![0-9A-Za-z])")
_ELSEWHERE: Final = re.compile(r"(?<![\w-])[\w.#:-]*\d{6,}[\w.#:-]*")
_SPOKEN: Final = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5",
    "seis": "6", "siete": "7", "ocho": "8", "nueve": "9", "dash": "-", "guion": "-",
}  # fmt: skip


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Write a text in lower case without accents, its words parted by one space; signs go.

    >>> plain("  ¿Dónde está, please? ")
    'donde esta please'
    """
    decomposed = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(bare)).replace("'", "")


@lru_cache(maxsize=8192)
def stems(text: str) -> tuple[str, ...]:
    """List the words of a text without the ending of the plural, so that one potholes is many pothole.

    >>> stems("Two Potholes, baches")
    ('two', 'pothole', 'bache')
    """
    return tuple(word[:-1] if len(word) > 3 and word.endswith("s") else word for word in plain(text).split())  # noqa: PLR2004


def means(text: str, words: LocalizedWords) -> bool:
    """Tell whether a whole message is one of these words, in any language.

    >>> means("Yes!", LocalizedWords({"en": ("yes",)})), means("yes it is", LocalizedWords({"en": ("yes",)}))
    (True, False)
    """
    return (plain(text) or text.strip()) in _plain_set(words.all())


def holds(text: str, words: Iterable[str]) -> bool:
    """Tell whether a text holds one of these words or phrases, whole.

    >>> holds("my property tax is wrong", ("property tax",)), holds("taxi", ("tax",))
    (True, False)
    """
    padded = f" {' '.join(stems(text))} "
    return any(f" {' '.join(stems(word))} " in padded for word in words if stems(word))


@lru_cache(maxsize=64)
def _plain_set(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(plain(word) or word for word in words)


def language_of(text: str, marks: LocalizedWords, now: str) -> str:
    """Tell the language of a text by its small words; with no more of them than of the present one, that stays.

    >>> marks = LocalizedWords({"en": ("the", "on"), "es": ("el", "en", "hay")})
    >>> language_of("hay un bache en la calle", marks, "en"), language_of("pothole", marks, "es")
    ('es', 'es')
    """
    said = plain(text).split()
    counts = {
        language: sum(word in _plain_set(tuple(words)) for word in said) for language, words in marks.root.items()
    }
    best = max(counts, key=lambda language: counts[language], default=now)
    return best if counts.get(best, 0) > counts.get(now, 0) else now


def numbers_in(text: str) -> tuple[str, ...]:
    """List what may be a request's number in a text, as it is typed or spelled aloud; the likeliest first.

    >>> numbers_in("where is zzzz-zzzz-zzzz-r please"), numbers_in("old number 1-1712975531")
    (('ZZZZ-ZZZZ-ZZZZ-R',), ('1-1712975531',))
    >>> numbers_in("zero zero zero zero, zero zero zero zero, zero zero zero zero, zero")
    ('0000-0000-0000-0',)
    """
    spoken = " ".join(_SPOKEN.get(word, word) for word in re.findall(r"[\w-]+", text.casefold()))
    tracking = [parsed for said in (text, spoken) for found in _spans(said) if (parsed := parse_tracking_number(found))]
    others = [found.strip(".:-#") for found in _ELSEWHERE.findall(text)]
    return tuple(dict.fromkeys((*tracking, *(number for number in others if len(number) <= 40))))[:MOST_NUMBERS]  # noqa: PLR2004


def _spans(text: str) -> list[str]:
    """Find every place where thirteen letters and digits may stand, though words before it end the same way."""
    found, at = list[str](), 0
    while match := _TRACKING.search(text, at):
        found.append(match.group())
        at = match.start() + 1
    return found
