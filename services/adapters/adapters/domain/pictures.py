"""Pictures that agencies' systems send back: where they may be fetched from, and what they may be."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit

from chassis.pictures import format_of

MOST_BYTES: Final = 20_000_000
"""Of one picture; the city's own door takes no larger one."""
MOST: Final = 10
"""Pictures of one piece of news."""
PATIENCE: Final = timedelta(minutes=10)
"""News waits so long for a picture that cannot be had just now; then it goes on without, and a person is told."""
_KINDS: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "HEIF": "image/heic",
                 "GIF": "image/gif", "TIFF": "image/tiff"}  # fmt: skip


class Unusable(Exception):  # noqa: N818 - it says what was decided
    """This will never be a picture of ours; the message is a sentence for people, and names no address."""


class NotNow(Exception):  # noqa: N818 - it says what to do
    """The picture cannot be had, or cannot be kept, just now."""


def kind_of(data: bytes) -> str:
    r"""Say what a picture is by its first bytes, whatever anybody calls it. Raises Unusable.

    >>> kind_of(b"\xff\xd8\xff\xe0" + bytes(8)), kind_of(b"\x00\x00\x00\x18ftypheic")
    ('image/jpeg', 'image/heic')
    >>> kind_of(b"<html>")
    Traceback (most recent call last):
    adapters.domain.pictures.Unusable: It is no picture: send a JPEG, PNG, WEBP, HEIC, GIF or TIFF.
    """
    found = format_of(data)
    if found is None:
        raise Unusable("It is no picture: send a JPEG, PNG, WEBP, HEIC, GIF or TIFF.")
    return _KINDS[found]


def own_address(name: str, bases: Sequence[str]) -> str:
    """Give the whole address of a picture, which must lie at the agency's own system. Raises Unusable.

    >>> own_address("photos/7.jpg", ["https://cases.example/api"])
    'https://cases.example/photos/7.jpg'
    >>> own_address("https://media.example/7.jpg", ["https://cases.example/api", "https://media.example/"])
    'https://media.example/7.jpg'
    >>> own_address("https://cases.example.evil.example/7.jpg", ["https://cases.example/api"])
    Traceback (most recent call last):
    adapters.domain.pictures.Unusable: It lies at another address than the agency's own: nothing is fetched there.
    """
    try:
        whole = urljoin(bases[0], name)
        is_own = _origin(whole) in {_origin(base) for base in bases}
    except ValueError:
        raise Unusable("Its address cannot be read.") from None
    if not is_own:
        raise Unusable("It lies at another address than the agency's own: nothing is fetched there.")
    return whole


def may_wait(at: datetime, now: datetime) -> bool:
    """Tell whether news may still wait for its pictures.

    >>> noon = datetime(2026, 3, 2, 12)
    >>> may_wait(noon, noon + timedelta(minutes=9)), may_wait(noon, noon + timedelta(minutes=11))
    (True, False)
    """
    return now - at < PATIENCE


def _origin(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port
