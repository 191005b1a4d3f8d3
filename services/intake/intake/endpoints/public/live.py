"""The live stream of a request's public changes, and the script of the page that shows them."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.errors import not_found
from chassis.http import Caller, Doors
from chassis.principals import allow
from intake import store
from intake.domain.pages.request import SCRIPT
from intake.domain.policy import POLICY
from intake.domain.public.live import last_seen
from intake.handlers import Desk
from intake.handlers.public.listeners import Listeners
from intake.handlers.public.live import follow
from intake.handlers.public.views import find_request

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
_STREAM: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "`state`: where it stands. `change`: one entry of the timeline, in words, with where it stands.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for pages that show what is new by themselves."""
    router = APIRouter(tags=["requests"])

    @router.get("/requests/{number}/stream", response_class=StreamingResponse, responses=_STREAM)
    async def follow_live(
        number: str,
        request: Request,
        caller: Caller,
        last_event_id: Annotated[str | None, Header()] = None,
        after: Annotated[int | None, Query(ge=0, le=2**62, description="the last entry already known")] = None,
    ) -> Response:
        """Hear of a request's public changes as they happen (server-sent events); nothing personal is among them."""
        allow(POLICY, caller, "request.read")
        request_id = await _found(doors, number)
        events = follow(doors, desk, request_id, last_seen(last_event_id, after))
        return Stream(desk.listeners, desk.limiter.network_of(request), events)

    @router.get("/request-page.js", response_class=Response, responses={200: {"content": {"text/javascript": {}}}})
    async def script() -> Response:
        """Give the script that adds new lines to a request's page."""
        caching = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(SCRIPT, media_type="text/javascript", headers=caching)

    return router


async def _found(doors: Doors, number: str) -> UUID:
    async with doors.reads() as reads:
        request_id = await find_request(reads, number)
        if await store.show_request(reads, request_id) is None:
            raise not_found("request of this number")
    return request_id


class Stream(StreamingResponse):
    """A stream that is counted in, and out again however it ends."""

    def __init__(self, listeners: Listeners, network: str | None, events: AsyncIterator[bytes]) -> None:
        listeners.admit(network)
        super().__init__(events, media_type="text/event-stream", headers=HEADERS)
        self._listeners, self._network = listeners, network

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until either side ends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._listeners.leave(self._network)
