"""Telephone numbers said in words, in English and Spanish, mixed with digits as people and speech recognisers do."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

_ONE: Final = (
    "zero oh one two three four five six seven eight nine cero uno dos tres cuatro cinco seis siete ocho nueve"
)
_TWO: Final = """
ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty
seventy eighty ninety hundred diez once doce trece catorce quince dieciséis dieciseis diecisiete dieciocho diecinueve
veinte veintiuno veintidós veintidos veintitrés veintitres veinticuatro veinticinco veintiséis veintiseis veintisiete
veintiocho veintinueve treinta cuarenta cincuenta sesenta setenta ochenta noventa
"""
_TIMES: Final[Mapping[str, int]] = {"double": 2, "doble": 2, "triple": 3, "treble": 3}
DIGITS_OF: Final[Mapping[str, int]] = dict.fromkeys(_ONE.split(), 1) | dict.fromkeys(_TWO.split(), 2)
"""How many digits of a number each word stands for."""

FEWEST: Final = 7
FEWEST_SAID: Final = 3
"""Digits of a number that are words: below that it is no number that is said."""
_FEWEST_WORDS: Final = 2
_NUMBERS: Final = frozenset((*DIGITS_OF, *_TIMES))
_SAID: Final = "|".join(sorted((*DIGITS_OF, *_TIMES), key=len, reverse=True))
_TOKEN: Final = rf"(?:(?:{_SAID})(?![^\W\d_])|\d{{1,4}}(?!\w)|(?<=[\s,.-])o(?=[\s,.-]))"
_BETWEEN: Final = r"(?:[\s,.()/\u2013-]+(?:(?:and|y|dash|hyphen|gui[oó]n)[\s,]+)?)"
_RUN: Final = re.compile(rf"(?<!\w)\+?{_TOKEN}(?:{_BETWEEN}{_TOKEN}){{1,24}}", re.IGNORECASE)
_PART: Final = re.compile(r"[^\W\d_]+|\d+")


def mask_spoken(text: str, instead: str) -> str:
    """Mask numbers of seven digits or more that are said in words, wholly or in part.

    >>> for text in (
    ...     "Call three one zero five five five zero one four two after six",
    ...     "I'm at three-one-zero, 555 oh one four two",
    ...     "Mi teléfono es tres uno cero, cincuenta y cinco, cincuenta y uno, cero cuatro dos",
    ...     "one eight hundred double five 5 twelve thirty four",
    ...     "Two lamps at twelve hundred Main, one of three, since nineteen ninety nine",
    ... ):
    ...     mask_spoken(text, "[phone]")
    'Call [phone] after six'
    "I'm at [phone]"
    'Mi teléfono es [phone]'
    '[phone]'
    'Two lamps at twelve hundred Main, one of three, since nineteen ninety nine'
    """
    words = text.lower().replace(",", " ").replace("-", " ").replace(".", " ").split()
    if sum(map(_NUMBERS.__contains__, words)) < _FEWEST_WORDS:
        return text
    return _RUN.sub(lambda found: instead if _is_number(found.group()) else found.group(), text)


def _is_number(run: str) -> bool:
    """Tell whether a run of words and digits is long enough to reach somebody by; digits alone are not judged here."""
    parts = _PART.findall(run.lower())
    return digits_in(parts) >= FEWEST and digits_in([p for p in parts if not p.isdecimal()]) >= FEWEST_SAID


def digits_in(parts: Sequence[str]) -> int:
    """Count the digits that are said at the most: "forty, three" may be three of them or two.

    >>> digits_in("fifty double three 212".split()), digits_in("treinta y uno".split())
    (7, 3)
    """
    count, times = 0, 1
    for part in parts:
        size = len(part) if part.isdecimal() else int(part == "o") or DIGITS_OF.get(part, 0)
        count, times = count + size * times, _TIMES.get(part, 1)
    return count
