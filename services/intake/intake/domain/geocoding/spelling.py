"""One way of writing the parts of an address, English or Spanish: directions, street types, ordinals."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final


def _spelt(table: str) -> Mapping[str, str]:
    """Read lines of `SHORT: every other way of writing it`."""
    lines = [line.split(":") for line in table.strip().splitlines()]
    return {way: short.strip() for short, ways in lines for way in (short.strip(), *ways.split())}


DIRECTIONS: Final = _spelt("""
N: NORTH NORTE
S: SOUTH SUR SO
E: EAST ESTE
W: WEST OESTE O
NE: NORTHEAST NORESTE
NW: NORTHWEST NOROESTE
SE: SOUTHEAST SURESTE SUDESTE
SW: SOUTHWEST SUROESTE SUDOESTE
""")

TYPES: Final = _spelt("""
ST: STREET STR CALLE
AVE: AVENUE AV AVENIDA AVDA
BLVD: BOULEVARD BL BLV BOUL BULEVAR
DR: DRIVE DRV
PL: PLACE
RD: ROAD CAMINO
LN: LANE
CT: COURT
WAY: WY VIA
TER: TERRACE TERR
CIR: CIRCLE CIRCULO
HWY: HIGHWAY CARRETERA
FWY: FREEWAY FRWY AUTOPISTA
PKWY: PARKWAY PKY
SQ: SQUARE
PLZ: PLAZA
ALY: ALLEY CALLEJON
TRL: TRAIL
WALK: WLK PASEO
GRN: GREEN
""")

TYPES_BEFORE: Final = frozenset({"CALLE", "AVENIDA", "AVDA", "AV", "BULEVAR", "CARRETERA", "AUTOPISTA", "CALLEJON"})
"""Words that in Spanish stand before the name, where English has the type behind it."""

UNITS: Final = frozenset(
    {"APT", "APARTMENT", "UNIT", "SUITE", "RM", "ROOM", "FL", "FLOOR", "BLDG", "SPC", "LOT"}
    | {"DEPTO", "DEPARTAMENTO", "PISO", "INTERIOR", "INT", "LOCAL"}
)
_WORDS: Final = _spelt("""
1ST: FIRST PRIMERA PRIMERO
2ND: SECOND SEGUNDA SEGUNDO
3RD: THIRD TERCERA TERCERO
4TH: FOURTH CUARTA
5TH: FIFTH QUINTA
6TH: SIXTH SEXTA
7TH: SEVENTH SEPTIMA
8TH: EIGHTH OCTAVA
9TH: NINTH NOVENA
10TH: TENTH DECIMA
MOUNT: MT
FORT: FT
""")
_ORDINAL: Final = re.compile(r"^(\d+)[A-Z]{1,3}$")
_NOT_WORDS: Final = re.compile(r"[^0-9A-Z/#&,]+")
_ENDINGS: Final = {1: "ST", 2: "ND", 3: "RD"}  # codespell:ignore
_TEENS: Final = range(11, 14)


def plain(text: str) -> str:
    """Write in capitals, without accents or punctuation but the comma, `#`, `&` and `/`.

    >>> plain("Avenida César E. Chávez, 90012")
    'AVENIDA CESAR E CHAVEZ, 90012'
    """
    upper = text.upper().replace("'", "").replace("\u2019", "")
    if not upper.isascii():
        upper = unicodedata.normalize("NFKD", upper).encode("ascii", "ignore").decode()
    return _NOT_WORDS.sub(" ", upper).replace(" ,", ",").strip()


def ordinal(number: int) -> str:
    """Write a street's number as streets are called.

    >>> [ordinal(number) for number in (1, 2, 3, 11, 22, 113)]
    ['1ST', '2ND', '3RD', '11TH', '22ND', '113TH']
    """
    ending = "TH" if number % 100 in _TEENS else _ENDINGS.get(number % 10, "TH")
    return f"{number}{ending}"


def word(text: str) -> str:
    """Write one word of a street's name in its usual form.

    >>> [word(text) for text in ("FIFTH", "5A", "05HT", "SEGUNDA", "MAIN")]
    ['5TH', '5TH', '5TH', '2ND', 'MAIN']
    """
    counted = _ORDINAL.match(text)
    if counted:
        return ordinal(int(counted[1]))
    return _WORDS.get(text, text)
