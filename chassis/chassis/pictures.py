"""What a file says that it is: the picture formats the city takes, known by their first bytes."""

from collections.abc import Mapping
from typing import Final

_HEAD: Final = 12
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MAGIC: Final[Mapping[bytes, str]] = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}


def format_of(data: bytes) -> str | None:
    r"""Name the picture format that the first bytes claim, or None; only a decoder can tell whether it is true.

    >>> format_of(b"\xff\xd8\xff\xe0" + bytes(8)), format_of(b"\x00\x00\x00\x18ftypheic"), format_of(b"<svg><script>")
    ('JPEG', 'HEIF', None)
    """
    head = data[:_HEAD]
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and head[8:] in _HEIF_BRANDS:
        return "HEIF"
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
