"""Reports in free words, from doors that ask no questions: which language, which service, which address."""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from contracts.city import City, Service
from contracts.frontends import Place, Reporter
from contracts.vocabulary import Channel
from intake.domain.requests.report import OwnReport
from intake.domain.requests.submission import problems_of

MOST_WORDS: Final = 4000
"""Characters of a description."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_COMMON: Final = {
    "en": frozenset(
        [
            "the",
            "and",
            "is",
            "are",
            "there",
            "this",
            "that",
            "with",
            "for",
            "was",
            "not",
            "have",
            "has",
            "been",
            "on",
            "at",
            "of",
            "my",
            "please",
            "street",
        ]
    ),
    "es": frozenset(
        [
            "el",
            "la",
            "los",
            "las",
            "y",
            "es",
            "hay",
            "está",
            "esta",
            "este",
            "con",
            "para",
            "por",
            "que",
            "no",
            "una",
            "un",
            "del",
            "en",
            "mi",
            "favor",
            "calle",
        ]
    ),
}
"""Small words that give a language away."""
_STREET: Final = (
    r"(?:st|street|ave?|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|way|pl|place|ct|court|ter|terrace|hwy|pkwy|cir)"
)
_ADDRESS: Final = re.compile(
    rf"\b\d{{1,6}} (?:[NSEW]\.? |north |south |east |west )?(?:[\w'.-]{{1,30}} ){{1,4}}{_STREET}\b", re.IGNORECASE
)


def language_of(text: str, languages: Sequence[str], told: str = "") -> str:
    """Guess the language of a text from its small words; a tie goes to the one told, else to the city's first.

    >>> language_of("Hay un bache en la calle", ("en", "es")), language_of("Pothole!", ("en", "es"))
    ('es', 'en')
    >>> language_of("Bache", ("en", "es"), told="es-MX")
    'es'
    """
    words = [word.lower() for word in _WORD.findall(text[:5000])]
    told = told.lower().partition("-")[0]
    first = sorted(languages, key=lambda language: language != told)
    return max(first, key=lambda language: sum(word in _COMMON.get(language, ()) for word in words))


def clear_service(text: str, services: Sequence[Service]) -> str | None:
    """Name the one service whose keywords a text clearly holds; None when none does, or two do alike.

    A keyword counts by its number of words: `street light out` says more than `street`.

    >>> from types import SimpleNamespace as Some
    >>> def service(code, *words):
    ...     return Some(code=code, enabled=True, keywords=Some(all=lambda: words))
    >>> catalog = [service("lamp", "street light out", "lamp"), service("street", "street"), service("tree", "tree")]
    >>> clear_service("The street light out here!", catalog), clear_service("A tree took the lamp", catalog)
    ('lamp', None)
    """
    words = " " + " ".join(_WORD.findall(text.lower())) + " "
    scores = sorted(((_score(words, service), service.code) for service in services if service.enabled), reverse=True)
    if not scores or scores[0][0] == 0 or (len(scores) > 1 and scores[0][0] == scores[1][0]):
        return None
    return scores[0][1]


def _score(words: str, service: Service) -> int:
    known = {" ".join(_WORD.findall(keyword.lower())) for keyword in service.keywords.all()}
    return sum(len(keyword.split()) for keyword in known if keyword and f" {keyword} " in words)


def address_in(text: str) -> str | None:
    """Find a street address in a text.

    >>> address_in("Big hole in front of 1200 W Main St, please fix"), address_in("It has 3 legs")
    ('1200 W Main St', None)
    """
    found = _ADDRESS.search(text[:MOST_WORDS])
    return found[0] if found else None


def written(text: str, most: int = MOST_WORDS) -> str:
    r"""Keep what can be kept of a text: no control characters, no halves of characters.

    >>> written("a\x00b\ud800c\r\nd")
    'abc\nd'
    """
    whole = text.replace("\r\n", "\n").encode("utf-8", "ignore").decode()
    return "".join(letter for letter in whole if letter in "\n\t" or letter.isprintable()).strip()[:most].strip()


def report_of(
    channel: Channel, text: str, reporter: Reporter | None, city: City, now: datetime, photos: Sequence[str]
) -> OwnReport:
    """Make the report of free words: under the service they clearly name, else one that a person reads."""
    reports = list(_reports(channel, text, reporter, city, photos))
    return next((report for report in reports if not problems_of(report, city, now)), reports[-1])


def _reports(
    channel: Channel, text: str, reporter: Reporter | None, city: City, photos: Sequence[str]
) -> Iterator[OwnReport]:
    clear = clear_service(text, list(city.services.values()))
    for who in (reporter, None):  # an address that cannot be one is left out, the report is not
        for code in (*((clear,) if clear else ()), *city.profile.triage_services):
            yield OwnReport(
                service_code=code,
                description=written(text),
                place=Place(address=address_in(text)),
                reporter=who,
                channel=channel,
                photos=tuple(photos)[:10],
            )
