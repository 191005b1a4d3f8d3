"""Text messages: which letters cost what, and how many parts a text is sent and paid in (3GPP TS 23.038)."""

from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_ESCAPED: Final = frozenset("^{}\\[~]|€\f")
"""Each takes the room of two."""
_MARKS: Final = {
    "\u201c": '"', "\u201d": '"', "«": '"', "»": '"',
    "\u2018": "'", "\u2019": "'", "\u2013": "-", "\u2014": "-", "…": "..."
}  # fmt: skip
_PLAIN: Final = str.maketrans(_MARKS)
_ONE_UNIT: Final = 0xFFFF
"""Letters up to here take one place in UCS-2, the others two."""
_ROOM: Final = {True: (160, 153), False: (70, 67)}
"""Letters of a text of one part, and of each part of a longer one: in the basic alphabet, or in UCS-2."""


def plain(text: str) -> str:
    """Write a text with marks that do not cost more: typographic quotes and dashes would more than halve its parts.

    >>> plain("«Hoy»…")
    '"Hoy"...'
    """
    return text.translate(_PLAIN)


def segments(text: str) -> int:
    """Count the parts a text is sent in.

    >>> segments("a" * 160), segments("a" * 161), segments("[" * 80), segments("[" * 81)
    (1, 2, 1, 2)
    >>> segments("ó" * 70), segments("ó" * 71), segments("ñ" * 160), segments("😀" * 35), segments("😀" * 36)
    (1, 2, 1, 1, 2)
    """
    is_basic = all(letter in _BASIC or letter in _ESCAPED for letter in text)
    widths = [2 if letter in _ESCAPED or ord(letter) > _ONE_UNIT else 1 for letter in text]
    whole, part = _ROOM[is_basic]
    if sum(widths) <= whole:
        return 1
    return _parts(widths, part)


def _parts(widths: list[int], room: int) -> int:
    """Fill part after part; a letter of two places is never cut."""
    parts, left = 1, room
    for width in widths:
        if width > left:
            parts, left = parts + 1, room
        left -= width
    return parts


def fits(spent: int, parts: int, a_day: int, *, small: bool) -> bool:
    """Tell whether a text may still go today: small steps may take half of a day's parts, the rest is for milestones.

    >>> fits(4, 2, 12, small=True), fits(5, 2, 12, small=True), fits(5, 2, 12, small=False)
    (True, False, True)
    """
    return spent + parts <= (a_day // 2 if small else a_day)
