"""Talks HTTP with the platform: waits for what is down, and turns refusals into sentences."""

import asyncio
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

import httpx2

from relay311_drivers.problems import DriverError

_PASSING: Final = frozenset({429, 502, 503, 504})
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0


class Web:
    """HTTP with patience: a service that restarts is asked again, with the same idempotency key."""

    def __init__(self, headers: Mapping[str, str] | None = None, patience: float = 60.0) -> None:
        self._client = httpx2.AsyncClient(headers=dict(headers or {}), timeout=30.0)
        self._patience = patience

    async def __aenter__(self) -> Self:
        """Open the connections."""
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self._client.__aexit__(kind, error, trace)

    async def ask(self, method: str, url: str, **parts: Any) -> httpx2.Response:
        """Send a request until it is answered. Raises DriverError when nobody answers for as long as we can wait."""
        until, pause = time.monotonic() + self._patience, _FIRST_PAUSE
        while True:
            said = await self._try(method, url, parts)
            if isinstance(said, httpx2.Response) and said.status_code not in _PASSING:
                return said
            if time.monotonic() > until:
                raise DriverError(f"{_service(url)} does not answer ({_why(said)}); is the platform running?")
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _try(self, method: str, url: str, parts: dict[str, Any]) -> httpx2.Response | httpx2.TransportError:
        try:
            return await self._client.request(method, url, **parts)
        except httpx2.TransportError as error:
            return error

    async def get(self, url: str, **parts: Any) -> Any:
        """Read JSON. Raises DriverError for anything but success."""
        return must(await self.ask("GET", url, **parts)).json()

    async def post(self, url: str, body: Any, *, key: str | None = None, **parts: Any) -> Any:
        """Send JSON and read the answer. Raises DriverError when it is refused."""
        headers = {**parts.pop("headers", {}), **({"Idempotency-Key": key} if key else {})}
        return must(await self.ask("POST", url, json=body, headers=headers, **parts)).json()


def must(response: httpx2.Response) -> httpx2.Response:
    """Pass a success on. Raises DriverError with the problem's own words for anything else."""
    if response.is_success:
        return response
    raise DriverError(f"{response.request.method} {response.request.url} was refused: {problem_text(response)}")


def problem_text(response: httpx2.Response) -> str:
    """Read the words of problem details, each field's among them."""
    try:
        body = response.json()
    except ValueError:
        return f"{response.status_code} {response.text[:200]}"
    said = f"{response.status_code} {body.get('title', '')}: {body.get('detail', '')}" if isinstance(body, dict) else ""
    fields = (f"{e.get('field')}: {e.get('problem')}" for e in body.get("errors") or ()) if said else ()
    return "; ".join((said or str(body)[:200], *fields))


def _service(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}"


def _why(said: httpx2.Response | httpx2.TransportError) -> str:
    return f"status {said.status_code}" if isinstance(said, httpx2.Response) else type(said).__name__
