"""What agencies read over HTTP, because it may not travel on the log."""

from fastapi import APIRouter, Response

from chassis.http import Caller, Doors, json_response
from intake import handlers
from intake.handlers import Desk


def routes(doors: Doors, _desk: Desk) -> APIRouter:
    """Open the doors for agencies."""
    router = APIRouter(tags=["agencies"])

    @router.get("/requests/{number}/details")
    async def show_details(number: str, caller: Caller) -> Response:
        """Read a request's originals: for the agency that works on it; every read is audited."""
        async with doors.reads() as reads:
            request_id = await handlers.find_request(reads, number)
        async with doors.transaction() as tx:
            shown = await handlers.read_details(tx, request_id, caller)
        return json_response(shown)

    return router
