"""The HTTP door of every service: principals, request ids, problem details, health and metrics, once for all."""

import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from datetime import datetime
from itertools import chain, repeat
from typing import Annotated, Any, Protocol

import orjson
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from opentelemetry.trace import Span, StatusCode
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.commands import CommandHandler, Commands, Reply, command_id, own_key
from chassis.database import Database
from chassis.errors import FieldError, Problem
from chassis.express import Endpoint, Lane
from chassis.metrics import Metrics
from chassis.principals import Principal, Tokens
from chassis.records import Command
from chassis.telemetry import Telemetry, traceparent_of
from chassis.transaction import Reads, Transaction

MAX_BODY_BYTES = 16 * 1024 * 1024
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


def json_response(body: object, status: int = 200, media_type: str = "application/json") -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(body, default=str), status_code=status, media_type=media_type)


def problem(error: Problem) -> Response:
    """Answer with problem details (RFC 9457)."""
    return json_response(error.body(), error.status, "application/problem+json")


async def current_principal(request: Request) -> Principal:
    """Tell who calls, from the Authorization header."""
    tokens: Tokens = request.app.state.tokens
    principal = tokens.principal(request.headers.get("authorization"))
    request.state.principal = principal
    return principal


Caller = Annotated[Principal, Depends(current_principal)]


class Door(Protocol):
    """A route's way into a command handler; answers after the commit."""

    async def __call__(self, payload: Any, caller: Principal, key: str | None = None) -> Response:
        """Ask for one command."""

    async def many(
        self, payloads: Sequence[Any], caller: Principal, keys: Sequence[str | None]
    ) -> list[Reply | Problem]:
        """Ask for many commands of one caller, answered each by itself."""


class Doors:
    """What endpoints are given: commands to run and a database to read."""

    def __init__(self, database: Database, commands: Commands, telemetry: Telemetry) -> None:
        self.database, self.commands, self.telemetry = database, commands, telemetry
        self.lanes: dict[str, Lane] = {}

    def express(self, path: str, body: type[BaseModel]) -> Callable[[Endpoint], Endpoint]:
        """Open an express lane to the endpoint of `POST path`; it takes a body, the caller and an idempotency key."""

        def opened(endpoint: Endpoint) -> Endpoint:
            self.lanes[path] = Lane(path, body, endpoint)
            return endpoint

        return opened

    def command(self, route: str, handler: CommandHandler) -> Door:
        """Make the way into a handler; `route` names it for idempotency."""
        return _Door(self, route, handler)

    def reads(self) -> AbstractAsyncContextManager[Reads]:
        """Read outside a transaction."""
        return self.database.reads()

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Run a worker's own transaction; handlers of commands and records never need this."""
        return self.database.transaction()

    async def persist(self, work: Callable[[Transaction], Awaitable[None]]) -> None:
        """Run a worker's transaction until it commits; `work` must bear being repeated."""
        await self.database.persist(work)


class _Door:
    def __init__(self, doors: Doors, route: str, handler: CommandHandler) -> None:
        self._doors, self._route, self._handler = doors, route, handler

    async def __call__(self, payload: Any, caller: Principal, key: str | None = None) -> Response:
        command = self._command(payload, caller, key, self._doors.database.clock(), _trace.get())
        reply = await self._doors.commands.ask(self._route, self._handler, command)
        return json_response(reply.body, reply.status)

    async def many(
        self, payloads: Sequence[Any], caller: Principal, keys: Sequence[str | None]
    ) -> list[Reply | Problem]:
        now, traces = self._doors.database.clock(), chain((_trace.get(),), repeat(None))
        # One trace shows one life, not a thousand: the first alone carries it.
        asked = [
            self._command(p, caller, k, now, t)
            for p, k, t in zip(payloads, keys, traces)  # noqa: B905 - endless traces
        ]
        return await self._doors.commands.ask_many(self._route, self._handler, asked)

    def _command(
        self, payload: Any, caller: Principal, key: str | None, now: datetime, trace: str | None
    ) -> Command[Any]:
        key = key or own_key()  # so that a commit whose reply was lost is found again, not made again
        named = command_id(f"{caller.role}:{caller.subject}", self._route, key)
        return Command(payload, caller, named, now, key, trace)


_trace: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""The traceparent of the call in progress."""


class Envelope:
    """Around every call: a request id, a span when sampled, a size limit and the time it took."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry, metrics: Metrics) -> None:
        self._app, self._telemetry, self._metrics = app, telemetry, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one ASGI call."""
        if scope["type"] != "http" or scope["path"].startswith(("/health", "/metrics")):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if int(headers.get(b"content-length", b"0") or 0) > MAX_BODY_BYTES:
            refused = problem(Problem(413, "Too large", f"A body may hold {MAX_BODY_BYTES} bytes; send it in parts."))
            await refused(scope, receive, send)
            return
        await self._traced(scope, receive, send, headers)

    async def _traced(self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]) -> None:
        request_id = headers.get(b"x-request-id", b"")[:64] or secrets.token_hex(8).encode()
        incoming = headers.get(b"traceparent", b"").decode("ascii", "ignore") or None
        span = self._telemetry.root(str(scope["method"]), incoming)
        _trace.set(traceparent_of(span) if span else None)
        started = time.perf_counter()

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id)]
                _note(span, message["status"])
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            self._metrics.seconds.labels(route).observe(time.perf_counter() - started)
            if span:
                span.update_name(f"{scope['method']} {route}")  # never the path itself: it may hold anything
                span.end()


def _note(span: Span | None, status: int) -> None:
    if span is not None:
        span.set_attribute("http.response.status_code", status)
        if status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
            span.set_status(StatusCode.ERROR)


def create_app(name: str, says: str, tokens: Tokens) -> FastAPI:
    """Make a service's FastAPI app with the errors every service answers alike."""
    app = FastAPI(title=f"Relay311 {name}", summary=says, version="0.1.0", redoc_url=None)
    app.state.tokens = tokens
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    return app


async def _on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it alone
    return problem(error)


async def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    return problem(invalid_fields(error.errors()))


async def _on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    titles = {404: "Not found", 405: "Method not allowed"}
    return problem(Problem(error.status_code, titles.get(error.status_code, "Refused"), str(error.detail)))


def invalid_fields(errors: Sequence[Any]) -> Problem:
    """Turn pydantic's errors into a problem that names each field."""
    named: list[FieldError] = [
        {
            "field": ".".join(str(p) for p in e["loc"] if p not in {"body", "query", "path"}) or "body",
            "problem": e["msg"],
        }
        for e in errors
    ]
    return Problem(422, "Some fields need correcting", "; ".join(f"{e['field']}: {e['problem']}" for e in named), named)


Readiness = Callable[[], Awaitable[dict[str, str]]]


def add_operations(app: FastAPI, metrics: Metrics, ready: Readiness) -> None:
    """Add health and metrics."""

    @app.get("/health/live", tags=["operations"])
    async def live() -> dict[str, str]:
        """Tell that the process answers."""
        return {"status": "live"}

    @app.get("/health/ready", tags=["operations"], response_model=None)
    async def is_ready() -> Response:
        """Tell whether database, log and relay are usable, and name what is not."""
        missing = await ready()
        return json_response({"status": "waiting" if missing else "ready", **missing}, 503 if missing else 200)

    @app.get("/metrics", tags=["operations"], response_model=None)
    async def show_metrics() -> Response:
        """Give Prometheus its numbers."""
        return Response(metrics.render(), media_type="text/plain; version=0.0.4")
