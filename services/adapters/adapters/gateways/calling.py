"""HTTP calls to agencies' systems: resolved once and pinned, no redirects, no private addresses unless allowed."""

import asyncio
import socket
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import orjson

from adapters.domain.pictures import MOST_BYTES, NotNow, Unusable
from adapters.domain.retries import Answer, Verdict
from adapters.gateways.system import Unreadable
from chassis.addresses import is_public

TIMEOUT: Final = 15.0


class Refused(Exception):  # noqa: N818 - it says what was decided
    """The address may not be called; the message says why, without naming it."""


class Caller:
    """Calls one system. Proxies of the environment are not used: they would connect where no check has looked."""

    def __init__(self, *, allow_private: bool, at_once: int = 8, timeout: float = TIMEOUT) -> None:
        self._allow_private, self._timeout = allow_private, timeout
        limits = httpx2.Limits(max_connections=at_once)
        self._client = httpx2.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=False, limits=limits)

    async def ask(self, method: str, url: str, **parts: Any) -> httpx2.Response:
        """Call once. Raises Refused, or what httpx2 raises; the whole call has one deadline."""
        async with asyncio.timeout(self._timeout):
            pinned, headers, extensions = await self._target(url)
            headers |= {name.lower(): value for name, value in (parts.pop("headers", None) or {}).items()}
            return await self._client.request(method, pinned, headers=headers, extensions=extensions, **parts)

    async def get_json(self, url: str, **parts: Any) -> Any:
        """Read a JSON document. Raises Unreadable."""
        try:
            answer = await self.ask("GET", url, **parts)
            if answer.status_code != 200:  # noqa: PLR2004 - anything else is no document
                raise Unreadable(f"the system answered HTTP {answer.status_code}")
            return orjson.loads(answer.content)
        except (Refused, httpx2.InvalidURL) as error:
            raise Unreadable(str(error) or "the address cannot be read") from error
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            raise Unreadable(f"the system did not answer ({type(error).__name__})") from error
        except orjson.JSONDecodeError as error:
            raise Unreadable("the system's answer is not JSON") from error

    async def picture(self, url: str, **parts: Any) -> bytes:
        """Read a picture's bytes, no more than are allowed. Raises Unusable or NotNow."""
        try:
            async with asyncio.timeout(self._timeout):
                return await self._picture(url, **parts)
        except (Refused, httpx2.InvalidURL) as error:
            raise Unusable("Its address may not be called.") from error
        except (httpx2.HTTPError, OSError, TimeoutError) as error:
            raise NotNow(f"the system did not answer for a picture ({type(error).__name__})") from error

    async def _picture(self, url: str, **parts: Any) -> bytes:
        pinned, headers, extensions = await self._target(url)
        body = bytearray()
        async with self._client.stream("GET", pinned, headers=headers, extensions=extensions, **parts) as answer:
            if answer.status_code in {408, 425, 429} or answer.status_code >= 500:  # noqa: PLR2004 - server errors
                raise NotNow(f"the system answered HTTP {answer.status_code} for a picture")
            if answer.status_code != 200:  # noqa: PLR2004 - a redirect or a refusal is no picture
                raise Unusable(f"The system answered HTTP {answer.status_code} for it.")
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise Unusable(f"It is larger than {MOST_BYTES // 1_000_000} MB.")
        return bytes(body)

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _target(self, url: str) -> tuple[str, dict[str, str], dict[str, str]]:
        """Resolve a target once and pin the address found, so that a second look-up cannot lead elsewhere."""
        parts = urlsplit(url)
        try:
            host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)
        except ValueError:
            raise Refused("the address names no port that exists") from None
        if parts.scheme not in {"https", "http"} or not host or parts.username is not None:
            raise Refused("the address is not a plain http(s) address")
        if parts.scheme == "http" and not self._allow_private:
            raise Refused("the address is not https")
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        if not self._allow_private and not all(is_public(address) for address in addresses):
            raise Refused("the address leads into a private network")
        pinned = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
        path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
        return f"{parts.scheme}://{pinned}:{port}{path}", {"host": parts.netloc}, {"sni_hostname": host}


def failed(error: Exception) -> Answer:
    """Say what a call that raised means for its errand."""
    if isinstance(error, Refused | httpx2.InvalidURL):
        return Answer(Verdict.REFUSED, str(error) or "the address cannot be read")
    return Answer(Verdict.LATER, f"the system did not answer ({type(error).__name__})")


FAILURES: Final = (Refused, httpx2.InvalidURL, httpx2.HTTPError, OSError, TimeoutError)
"""What a call may raise because of the other side."""


class Album:
    """Reads photos of requests, as an agency would."""

    def __init__(self) -> None:
        self._client = httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False)

    async def load(self, photo: Mapping[str, Any]) -> bytes:
        """Read a photo's bytes; raises httpx2.HTTPError when they cannot be had just now."""
        answer = await self._client.get(photo["url"])
        answer.raise_for_status()
        return answer.content

    async def close(self) -> None:
        """Close connections."""
        await self._client.aclose()
