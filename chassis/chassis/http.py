"""The HTTP door of every service: principals, request ids, problem details, health and metrics, once for all."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from itertools import chain, repeat
from typing import Annotated, Any, Literal, Protocol

import orjson
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from chassis.commands import CommandHandler, Commands, Reply, command_id, own_key
from chassis.database import Database
from chassis.errors import Problem, invalid_fields
from chassis.express import Endpoint, Lane
from chassis.metrics import Metrics
from chassis.pages import SECURITY
from chassis.principals import Principal, Tokens
from chassis.records import Command
from chassis.telemetry import CALL, Telemetry
from chassis.transaction import Reads, Transaction

MAX_BODY_BYTES = 24 * 1024 * 1024  # a photo of 20 MB and its envelope
IdempotencyKey = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


_FIELD = {"type": "object", "properties": {"field": {"type": "string"}, "problem": {"type": "string"}}}
_PROBLEM = {
    "type": "object",
    "required": ["type", "status", "title", "detail"],
    "properties": {
        "type": {"type": "string"},
        "status": {"type": "integer"},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "What is wrong and what to do, in a sentence."},
        "errors": {"type": "array", "items": _FIELD},
    },
}
_AS_PROBLEM = {"application/problem+json": {"schema": _PROBLEM}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "Not taken, and why (RFC 9457).", "content": _AS_PROBLEM},
    "503": {"description": "Something this needs is away; try again.", "content": _AS_PROBLEM},
}
"""How every door answers what it does not take, as its OpenAPI document tells."""


def json_response(body: object, status: int = 200, media_type: str = "application/json") -> Response:
    """Answer with JSON."""
    return Response(orjson.dumps(body, default=str), status_code=status, media_type=media_type)


def page_response(content: str, status: int = 200, headers: Mapping[str, str] = SECURITY) -> Response:
    """Answer with a page; `headers` say what it may do."""
    return HTMLResponse(content, status, headers=dict(headers))


def wants_page(request: Request) -> bool:
    """Tell whether a browser asks, where programs get JSON from the same address."""
    return "text/html" in request.headers.get("accept", "")


def problem(error: Problem) -> Response:
    """Answer with problem details (RFC 9457)."""
    answer = json_response(error.body(), error.status, "application/problem+json")
    if error.retry_after is not None:
        answer.headers["retry-after"] = str(error.retry_after)
    return answer


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

    def express(
        self,
        path: str,
        body: type[BaseModel],
        guard: Callable[[Request], None] | None = None,
        method: Literal["GET", "POST"] = "POST",
    ) -> Callable[[Endpoint], Endpoint]:
        """Open an express lane to the endpoint of `POST path`; it takes a body, the caller and an idempotency key.

        Dependencies of its router stand on the ordinary way only: what must be asked here too is the `guard`. One to
        `GET path` takes all that its query may say, as one model, and the caller.
        """

        def opened(endpoint: Endpoint) -> Endpoint:
            self.lanes[path] = Lane(path, body, endpoint, guard, method)
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
        command = self._command(payload, caller, key, self._doors.database.clock(), CALL.get())
        reply = await self._doors.commands.ask(self._route, self._handler, command)
        return json_response(reply.body, reply.status)

    async def many(
        self, payloads: Sequence[Any], caller: Principal, keys: Sequence[str | None]
    ) -> list[Reply | Problem]:
        now, traces = self._doors.database.clock(), chain((CALL.get(),), repeat(None))
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


def create_app(name: str, says: str, tokens: Tokens) -> FastAPI:
    """Make a service's FastAPI app with the errors every service answers alike."""
    app = FastAPI(title=f"Relay311 {name}", summary=says, version="0.1.0", redoc_url=None)
    app.state.tokens = tokens
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_anything)
    return app


async def _on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it alone
    return problem(error)


async def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    return problem(invalid_fields(error.errors()))


async def _on_anything(_request: Request, _error: Exception) -> Response:
    """Answer in the one form although something broke; the server's log has the error."""
    return problem(Problem(500, "Something went wrong here", "It was noted. Try again in a minute."))


async def _on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    title, detail = _ASTRAY.get(error.status_code, ("Refused", str(error.detail)))
    return problem(Problem(error.status_code, title, detail))


_ASTRAY = {
    404: ("Not found", "Nothing is at this address; /docs lists every address there is."),
    405: ("Method not allowed", "This address does not take this method; /docs lists which it takes."),
}
"""What is said to who calls an address that is none, or not in this way."""


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
