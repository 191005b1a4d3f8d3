"""Words as people type them, and their stems: accents and capitals do not count, small words tell nothing."""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Final, Protocol

import Stemmer

LONGEST: Final = 24_000
"""Characters of a text that are looked at."""
_WORD: Final = re.compile(r"[^\W_]+")
_MARKS: Final = re.compile(
    "[" + "".join(mark for mark in map(chr, range(0x10000)) if unicodedata.combining(mark)) + "]+"
)
"""Accents and their like, once they stand apart from their letters."""
_ALGORITHMS: Final = {
    "ar": "arabic",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fr": "french",
    "hy": "armenian",
    "ru": "russian",
}
"""Snowball's name of a language's stems; the words of any other language are taken whole."""
_SPANISH_PLURAL: Final = re.compile(r"(c|s)iones$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SMALL: Final[dict[str, frozenset[str]]] = {
    "en": _words(
        """
        a about after again all also am an and any anybody anyone are aren as at be been before being but by
        can cannot could couldn d did didn do does doesn doing don done for from get gets getting give go goes
        going got had has hasn have haven having he her here hers him his how i if in into is isn it its just
        keep keeps know let like ll m many may me might more most much must my need needs no nobody not of off
        on one or our out over own please put s say she should so some somebody someone something t tell than
        thank thanks that the their them then there these they thing things this those to too under up us ve
        very want wants was wasn way we well were what when where which while who whom whose why will with
        without won would wouldn you your re ask hi hello
        """
    ),
    "es": _words(
        """
        a ademas al algo alguien algun alguna algunas algunos ante antes aqui asi aun cada como con cual
        cuales cuando cuanto cuanta cuantos cuantas de debe debo del desde donde dos e el ella ellas ellos en
        entre era es esa esas ese eso esos esta estan estar estas este esto estos estoy favor fue gracias ha
        haber hace hacer hago han hasta hay he hola la las le les lo los mas me mi mis mucho muy nada ni no
        nos nosotros o otra otro para pero poder podria por porque pueda puede pueden puedo pues que quien
        quiero quisiera saber se sea ser si sido sin sino sobre solo somos son soy su sus tal tambien tan te
        tener tengo ti tiene tienen toda todas todo todos tu tus un una uno unos unas usted va van vez voy y
        ya yo
        """
    ),
}
"""Words that tell nothing about what a text is about, without accents."""
FAINT: Final[dict[str, frozenset[str]]] = {
    "en": _words(
        """
        accident across always ask asking back bad behind below big block bottom bring bunch call came change
        city close come complain complaint constantly contact corner couple day days dangerous different ever
        every everybody everyone everything everywhere feel few file find fix form found front full getting
        gone good great happen happened hard hear help her home hour hours house huge information inside is
        issue kind large last late lately left level lies live long look looking lot main make makes making
        man many matter mean men middle minute month months morning move near new next night number office
        often old open outside part people person place play please possible problem problems proper pull
        question quite really report reporting request right said same see seen send service several show side
        since small soon sort speak start started stay still stop stopped sure take taking talk tell thought
        three time tiny today together told tomorrow took top toward tried try trying turn two under until use
        used using visit wait walk way week weeks whole wild woman work working worse write wrong year years
        yesterday area address neighborhood neighbourhood local public private property
        """
    ),
    "es": _words(
        """
        acaba acabo ahora alla anda ano anos antes ayuda ayudar bien buen buena buenas buenos cada cerca
        ciudad cosa cosas cualquier dar deja dejan dejo dentro despues dia dias dice dijeron durante encontrar
        encuentra enfrente entonces forma fuera gente gran grande haga hacia hablar hora horas informacion ir
        junto lado largo llamar llegar lleva llevar lugar luego mal manana mandar mayor medio mejor mes meses
        mientras mismo momento mujer necesita necesitan necesito noche nombre nuevo nueva nunca numero ocurre
        oficina parte pasa pasar paso pedir pequeno persona personas piden pido pone poner primero problema
        problemas propio queja quejarme quiere reportar reporte saco sacar semana semanas senor senora sentir
        servicio sigue siempre sirve tarde tiempo todavia tomar traer tramite usar usted valen venir ver vez
        veces viejo vieja vive vivir vivo area zona
        """
    ),
}
"""Words that tell little: they stand in any text, and a match of theirs is weak."""


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - Snowball's own name


def fold(text: str) -> str:
    """Write a text without accents and capitals: people leave out both when they type in a hurry.

    >>> fold("Recolección de MUEBLES")
    'recoleccion de muebles'
    """
    if text.isascii():
        return text[:LONGEST].lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text[:LONGEST])).lower()


def tokens(text: str) -> list[str]:
    """Cut a text into words, without accents and capitals.

    >>> tokens("¿Dónde está mi bote, señor?")
    ['donde', 'esta', 'mi', 'bote', 'senor']
    """
    return _WORD.findall(fold(text))


@cache
def _stemmer(language: str) -> _Stemmer | None:
    name = _ALGORITHMS.get(language)
    return Stemmer.Stemmer(name, 0) if name else None  # each word is stemmed once: no cache of its own


@lru_cache(maxsize=20_000)
def stem(word: str, language: str) -> str:
    """Give a word's stem, by which its forms are one.

    >>> stem("collected", "en") == stem("collection", "en"), stem("recolecciones", "es") == stem("recoleccion", "es")
    (True, True)
    """
    if language == "es":
        word = _SPANISH_PLURAL.sub(r"\1ion", word)
    stemmer = _stemmer(language)
    return stemmer.stemWord(word) if stemmer and not word.isdigit() else word


def telling(words: Sequence[str], language: str) -> list[str]:
    """Leave out the small words; of a text that has no others, keep all.

    >>> telling(["how", "do", "i", "report", "a", "pothole"], "en"), telling(["who", "are", "you"], "en")
    (['report', 'pothole'], ['who', 'are', 'you'])
    """
    small = SMALL.get(language, frozenset())
    return [word for word in words if word not in small] or list(words)


def gist(text: str, language: str) -> str:
    """Leave out the words that tell nothing or little, in the order they stand; of a text without others, keep all.

    >>> gist("How do I get rid of an old mattress, please?", "en")
    'rid mattress'
    """
    words, faint = telling(tokens(text), language), FAINT.get(language, frozenset())
    return " ".join([word for word in words if word not in faint] or words)
