"""The express lane: a well-formed call reaches its endpoint without what only the unusual needs.

That is a POST of one JSON body, or a GET whose query names each thing once.

Whatever is not plain (another content type, a wrong field, a token that is not trusted) goes the ordinary way, which
finds the same fault again and names it, so that both ways give the same answers.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import Problem
from chassis.principals import Principal, Tokens

MAX_KEY = 200
Endpoint = Callable[..., Awaitable[Response]]
"""Takes what was posted, the caller and an idempotency key; or of a GET what was asked, and the caller."""
Headers = Mapping[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Lane:
    """An endpoint with an express lane; `guard` may refuse the call first.

    The ordinary way has dependencies for that, which this one passes by.
    """

    path: str
    body: type[BaseModel]
    endpoint: Endpoint
    guard: Callable[[Request], None] | None = None
    method: str = "POST"


class Express:
    """Answers by lanes, and hands everything else on."""

    def __init__(
        self, app: ASGIApp, lanes: Mapping[str, Lane], tokens: Tokens, refuse: Callable[[Problem], Response]
    ) -> None:
        self._app, self._lanes, self._tokens, self._refuse = app, lanes, tokens, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI call."""
        lane = self._lanes.get(scope["path"]) if scope["type"] == "http" else None
        if lane is None or scope["method"] != lane.method:
            await self._app(scope, receive, send)
            return
        headers = dict(reversed(scope["headers"]))
        known: tuple[object, ...] | None
        if lane.method == "GET":
            known = self._asked(lane, headers, scope["query_string"])
        else:
            body = await _whole(receive)
            known, receive = self._read(lane, headers, body), _again(body, receive)
        if known is None:
            await self._app(scope, receive, send)
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
        try:
            principal = self._caller(headers)
            return lane.body.model_validate_json(body), principal, key.decode("latin-1") if key is not None else None
        except (Problem, ValidationError):
            return None

    def _asked(self, lane: Lane, headers: Headers, query: bytes) -> tuple[BaseModel, Principal] | None:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        named = dict(pairs)
        if len(named) < len(pairs):
            return None
        try:
            return lane.body.model_validate(named), self._caller(headers)
        except (Problem, ValidationError):
            return None

    def _caller(self, headers: Headers) -> Principal:
        given = headers.get(b"authorization")
        return self._tokens.principal(given.decode("latin-1") if given is not None else None)


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
