"""Calling addresses that strangers gave: looked up once, public or refused, and the address found is the one called."""

import asyncio
import socket
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from chassis.addresses import is_public


class Refused(Exception):  # noqa: N818 - it says what was decided
    """The target may not be called; the message says why, without naming it."""


class Pinned(NamedTuple):
    """A target by its number: the address to call, and what tells the server and TLS whom is meant."""

    url: str
    headers: dict[str, str]
    extensions: dict[str, str]


async def pin(url: str, *, allow_private: bool) -> Pinned:
    """Resolve a target once and pin the address found, so that a second look-up cannot lead elsewhere."""
    parts = urlsplit(url)
    host, port = _place(parts)
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not allow_private and not all(is_public(address) for address in addresses):
        raise Refused("the address leads into a private network")
    pinned = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    return Pinned(f"{parts.scheme}://{pinned}:{port}{path}", {"host": parts.netloc}, {"sni_hostname": host})


def _place(parts: SplitResult) -> tuple[str, int]:
    try:
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise Refused("the address names no port that exists") from None
    if parts.scheme not in {"https", "http"} or not host or parts.username is not None:
        raise Refused("the address is not a plain http(s) address")
    return host, port
