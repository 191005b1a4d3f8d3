"""A JPEG with nothing but a picture in it: the check that what was cleaned is clean."""

from typing import Final

_MARK, _START, _SCAN, _END, _JFIF = 0xFF, 0xD8, 0xDA, 0xD9, 0xE0
_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_ALLOWED: Final = frozenset({0xC4, 0xDB, 0xDD, _SCAN, _JFIF, *_FRAMES})
"""Tables, frames, scans and the JFIF mark; comments and every other application segment are foreign."""
_JFIF_LENGTH: Final = 16


def bare_size(data: bytes) -> tuple[int, int] | None:
    """Give width and height of a JPEG that holds nothing else, to its last byte; None for any other."""
    if data[:2] != bytes((_MARK, _START)):
        return None
    at, size = 2, None
    while at + 4 <= len(data) and data[at] == _MARK and data[at + 1] in _ALLOWED:
        kind, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == _JFIF and (length != _JFIF_LENGTH or data[at + 4 : at + 9] != b"JFIF\x00"):
            return None
        if kind in _FRAMES:
            size = (int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big"))
        at += 2 + length
        at = _after_scan(data, at) if kind == _SCAN else at
    return size if data[at:] == bytes((_MARK, _END)) else None


def _after_scan(data: bytes, at: int) -> int:
    """Skip coded pixels: a 0xFF in them is followed by 0 or by a restart mark."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:  # noqa: PLR2004 - the restart marks of the standard
            return at
        at += 2
    return len(data)
