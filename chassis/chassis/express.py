"""The express lane: a well-formed POST of one JSON body reaches its endpoint without what only the unusual needs.

Whatever is not plain (another content type, a wrong field, a token that is not trusted) goes the ordinary way, which
finds the same fault again and names it, so that both ways give the same answers.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import Problem
from chassis.principals import Principal, Tokens

MAX_KEY = 200
Endpoint = Callable[[Any, Principal, str | None], Awaitable[Response]]
Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Lane:
    """An endpoint with an express lane: of a body, a caller and an idempotency key; `guard` may refuse the call first.

    The ordinary way has dependencies for that, which this one passes by.
    """

    path: str
    body: type[BaseModel]
    endpoint: Endpoint
    guard: Callable[[Request], None] | None = None


class Express:
    """Answers by lanes, and hands everything else on."""

    def __init__(
        self, app: ASGIApp, lanes: Mapping[str, Lane], tokens: Tokens, refuse: Callable[[Problem], Response]
    ) -> None:
        self._app, self._lanes, self._tokens, self._refuse = app, lanes, tokens, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI call."""
        lane = self._lanes.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if lane is None:
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        known = self._read(lane, dict(reversed(scope["headers"])), body)
        if body is None or known is None:
            await self._app(scope, _again(body, receive), send)
            return
        scope["route"] = lane
        try:
            if lane.guard is not None:
                lane.guard(Request(scope))
            response = await lane.endpoint(*known)
        except Problem as error:
            response = self._refuse(error)
        await response(scope, receive, send)

    def _read(self, lane: Lane, headers: Headers, body: bytes | None) -> tuple[BaseModel, Principal, str | None] | None:
        key = headers.get(b"idempotency-key")
        if body is None or headers.get(b"content-type") != b"application/json" or len(key or b"") > MAX_KEY:
            return None
        given = headers.get(b"authorization")
        try:
            principal = self._tokens.principal(given.decode("latin-1") if given is not None else None)
            return lane.body.model_validate_json(body), principal, key.decode("latin-1") if key is not None else None
        except (Problem, ValidationError):
            return None


async def _whole(receive: Receive) -> bytes | None:
    """Read a body to its end; None when the caller went away."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _again(body: bytes | None, receive: Receive) -> Receive:
    """Give a body that was read once more; then what follows it."""
    first: list[Message] = [{"type": "http.disconnect"} if body is None else {"type": "http.request", "body": body}]

    async def replay() -> Message:
        return first.pop() if first else await receive()

    return replay
