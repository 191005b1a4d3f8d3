"""Fetching a picture from an address somebody gave: resolved once, pinned, public, short, and without detours."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

import httpx2

from chassis.addresses import is_public
from intake.domain.photos.addresses import PORTS, PhotoAddress, bracketed, read_address
from intake.domain.photos.keeping import MOST_BYTES
from intake.gateways.photos.cleaning import Unusable

SECONDS: Final = 15.0
"""For one picture, from the name's look-up to its last byte."""
_PASSING: Final = frozenset({404, 408, 425, 429})
"""Answers that may change; a provider's picture may appear a little after its address."""
_HEADERS: Final = {"accept": "image/*", "accept-encoding": "identity", "user-agent": "Relay311 photo fetcher"}
Resolver = Callable[[str, int], Awaitable[Sequence[str]]]


class NotNow(Exception):  # noqa: N818 - it says what to do
    """The picture could not be had just now; the message names no address."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for the IP addresses of a host."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


class Fetcher:
    """Fetches pictures. `trusted` are origins (`http://host:port`) of the city's own, exempt from being public."""

    def __init__(
        self,
        trusted: Sequence[str] = (),
        resolver: Resolver = resolve,
        seconds: float = SECONDS,
        ports: Mapping[str, int] = PORTS,
    ) -> None:
        self._trusted = frozenset(origin for text in trusted if (origin := _origin(text)))
        self._resolve, self._seconds, self._ports = resolver, seconds, ports

    async def fetch(self, text: str) -> bytes:
        """Get a picture's bytes. Raises Unusable for an address that may not be asked, NotNow when it did not work."""
        address = read_address(text)
        if address is None:
            raise Unusable(422, "The photo's address is not a plain http or https address.")
        try:
            async with asyncio.timeout(self._seconds):
                return await self._get(address, await self._pin(address))
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError, UnicodeError) as error:
            raise NotNow(f"the photo's address did not answer ({type(error).__name__})") from error

    async def _pin(self, address: PhotoAddress) -> str:
        """Resolve once; what is found here is what is connected to, so that a second look-up cannot lead elsewhere."""
        trusted = address.origin in self._trusted
        if not trusted and address.port != self._ports[address.scheme]:
            raise Unusable(422, "The photo's address names an unusual port.")
        found = await self._resolve(address.host, address.port)
        if not found or not (trusted or all(is_public(ip) for ip in found)):
            raise Unusable(422, "The photo's address does not lead to the public Internet.")
        return found[0]

    async def _get(self, address: PhotoAddress, ip: str) -> bytes:
        usual = address.port == PORTS[address.scheme]
        host = bracketed(address.host) if usual else f"{bracketed(address.host)}:{address.port}"
        url = f"{address.scheme}://{bracketed(ip)}:{address.port}{address.path}"
        # Proxies of the environment are not used: they would connect where the check above did not look.
        async with (
            httpx2.AsyncClient(follow_redirects=False, trust_env=False, timeout=self._seconds) as client,
            client.stream(
                "GET", url, headers={**_HEADERS, "host": host}, extensions={"sni_hostname": address.host.rstrip(".")}
            ) as answer,
        ):
            _check(answer)
            return await _body(answer)


def _origin(text: str) -> str | None:
    address = read_address(text.strip())
    return address.origin if address else None


def _check(answer: httpx2.Response) -> None:
    status = answer.status_code
    if status in _PASSING or status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        raise NotNow(f"the photo's address answered {status}")
    if status != 200:  # noqa: PLR2004 - a redirect, a part or a refusal is no picture
        raise Unusable(422, f"The photo's address answered {status}; give one that leads straight to the picture.")
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise Unusable(422, "The photo's address answered with compressed data.")
    if (length := answer.headers.get("content-length", "0")).isdigit() and int(length) > MOST_BYTES:
        raise Unusable(413, "The photo at this address is too large.")


async def _body(answer: httpx2.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Unusable(413, "The photo at this address is too large.")
    return bytes(body)
