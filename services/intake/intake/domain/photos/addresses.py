"""Which addresses on the Internet a picture may be fetched from: plain, public, and on the usual ports."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"http": 80, "https": 443}
_LONGEST: Final = 2000
_PLAIN: Final = re.compile(r"[!-\[\]^-~]+")  # printable ASCII; a backslash means different things to different readers
_NAME: Final = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_]([a-z0-9_-]{0,62}))*\.?")


@dataclass(frozen=True, slots=True)
class PhotoAddress:
    """An address taken apart once, so that nobody reads it in another way later. `host` has no brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """Scheme, host and port.

        >>> read_address("https://Example.org/a.jpg?b=1").origin
        'https://example.org:443'
        """
        return f"{self.scheme}://{bracketed(self.host)}:{self.port}"


def bracketed(host: str) -> str:
    """Write a host as addresses do.

    >>> bracketed("2001:4860::1"), bracketed("example.org")
    ('[2001:4860::1]', 'example.org')
    """
    return f"[{host}]" if ":" in host else host


def read_address(text: str) -> PhotoAddress | None:
    r"""Take an address apart; None for whatever is not plain: other schemes, names and passwords, tricks of writing.

    >>> read_address("https://example.org/a.jpg?b=1#c").path
    '/a.jpg?b=1'
    >>> [read_address(bad) for bad in ("ftp://example.org/", "http://a@b.org/", "http://a\\b.org/", "http://[::1%25lo]/")]
    [None, None, None, None]
    """
    if len(text) > _LONGEST or not _PLAIN.fullmatch(text):
        return None
    try:
        parts = urlsplit(text)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        return None
    if scheme not in PORTS or "@" in parts.netloc or not _is_host(host):
        return None
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return PhotoAddress(scheme, host, PORTS[scheme] if port is None else port, path if path[0] == "/" else f"/{path}")


def _is_host(host: str) -> bool:
    if ":" not in host:
        return _NAME.fullmatch(host) is not None
    try:
        return "%" not in host and bool(IPv6Address(host))
    except ValueError:
        return False
