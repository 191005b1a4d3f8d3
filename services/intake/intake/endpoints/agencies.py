"""What agencies read over HTTP, because it may not travel on the log."""

from fastapi import APIRouter, Response

from chassis.http import Caller, Doors
from intake import handlers
from intake.handlers import Asked, Desk


def routes(doors: Doors, _desk: Desk) -> APIRouter:
    """Open the doors for agencies."""
    router = APIRouter(tags=["agencies"])
    read = doors.command("GET /requests/details", handlers.read_details)

    @router.get("/requests/{number}/details")
    async def show_details(number: str, caller: Caller) -> Response:
        """Read a request's originals: for the agency that works on it; every read is audited."""
        async with doors.reads() as reads:
            request_id = await handlers.find_request(reads, number)
        return await read(Asked(request_id), caller)

    return router
