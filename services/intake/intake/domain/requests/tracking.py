"""Tracking numbers for people: 60 random bits in Crockford's base 32, a check character, groups for reading aloud."""

from typing import Final

BITS: Final = 60
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 13
_GROUPS: Final = ((0, 4), (4, 8), (8, 12), (12, 13))
_VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_FIELD: Final = 0b100101  # x^5 + x^2 + 1: arithmetic modulo this makes 32 symbols a field
_DOUBLED: Final = tuple((2 * n) ^ (_FIELD if n & 16 else 0) for n in range(32))


def tracking_number(random_bits: int) -> str:
    """Make a number of 60 random bits.

    The 13th character checks the others: any single wrong character and any two swapped ones are found.

    >>> tracking_number(0), tracking_number(2**60 - 1)
    ('0000-0000-0000-0', 'ZZZZ-ZZZZ-ZZZZ-R')
    """
    values = [(random_bits >> shift) & 31 for shift in range(BITS - 5, -1, -5)]
    values.append(_check(values))
    text = "".join([ALPHABET[value] for value in values])
    return f"{text[:4]}-{text[4:8]}-{text[8:12]}-{text[12]}"


def parse_tracking_number(spoken: str) -> str | None:
    """Read a number as people write it: any case, O for 0, I or L for 1, with or without hyphens and spaces.

    None when it cannot be one: a wrong length, a foreign character, or a check character that does not fit.

    >>> parse_tracking_number("zzzz zzzz zzzz r")
    'ZZZZ-ZZZZ-ZZZZ-R'
    >>> parse_tracking_number("oooo-oooo-oooo-o")
    '0000-0000-0000-0'
    >>> parse_tracking_number("ZZZZ-ZZZZ-ZZZZ-Z") is None
    True
    >>> parse_tracking_number("1-1712975531") is None
    True
    """
    letters = [letter for letter in spoken.upper() if letter not in "- "]
    if len(letters) != _LENGTH or not _VALUES.keys() >= set(letters):
        return None
    values = [_VALUES[letter] for letter in letters]
    if _check(values[:-1]) != values[-1]:
        return None
    text = "".join(ALPHABET[value] for value in values)
    return "-".join(text[start:end] for start, end in _GROUPS)


def _check(values: list[int]) -> int:
    total = 0
    for value in values:
        total = _DOUBLED[total] ^ value
    return _DOUBLED[total]
