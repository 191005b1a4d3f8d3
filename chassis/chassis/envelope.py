"""What is around every call: its name, its trace, its size and its time."""

import secrets
import time

from opentelemetry.trace import Span, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import Problem
from chassis.http import MAX_BODY_BYTES, problem
from chassis.metrics import Metrics
from chassis.telemetry import CALL, Telemetry, traceparent_of


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
        CALL.set(traceparent_of(span) if span else None)
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
