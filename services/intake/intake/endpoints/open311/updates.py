"""Updates both ways: what happened, for other systems to fetch, and what an agency reports with its own key."""

from functools import partial

from fastapi import APIRouter, Request, Response

from chassis.errors import Problem, not_found
from chassis.http import Doors
from chassis.principals import Principal
from intake import handlers
from intake.endpoints.open311.context import language_of, read, read_form, zone_of
from intake.endpoints.open311.documents import UPDATE_FORM, documented
from intake.endpoints.open311.errors import Open311Route
from intake.endpoints.open311.forms import api_key, update_of
from intake.endpoints.open311.rendering import rendered
from intake.endpoints.open311.requests import DAYS, MOST, MOST_PAGES
from intake.handlers import Desk, open311

_LISTED = ("start_date", "end_date", "service_request_id", "page", "page_size", "extensions", "locale")


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors on updates."""
    router = APIRouter(prefix="/open311/v2", route_class=Open311Route)
    file = doors.command("POST /open311/v2/servicerequestupdates", partial(open311.file_updates, desk=desk))

    @router.get("/servicerequestupdates.{fmt}", **documented("open311_updates", *_LISTED))
    async def list_updates(request: Request, fmt: str) -> Response:
        """List what happened in a period, oldest first; by default in the last day."""
        given, now = read(request, fmt, desk.city), doors.database.clock()
        period = given.period(("start_date", "end_date"), zone_of(desk.city), now, DAYS)
        page, size = given.whole("page", 1, MOST_PAGES), given.whole("page_size", MOST, MOST)
        ask = partial(open311.list_updates, numbers=given.listed("service_request_id"), page=(size, (page - 1) * size))
        language, finer = language_of(given, desk.city), given.flag("extensions")
        async with doors.reads() as reads:
            found = await ask(reads, period or open311.last_day(now), desk=desk, language=language, finer=finer)
        return rendered("service_request_updates", found, fmt)

    @router.post("/servicerequestupdates.{fmt}", **documented("open311_update", form=UPDATE_FORM))
    async def post_update(request: Request, fmt: str) -> Response:
        """Report on an assignment, as on the agency's own outbox; refused to every key that is not an agency's."""
        given = await read_form(request, fmt, desk.city)
        key, number = api_key(given), given.need("service_request_id")
        async with doors.reads() as reads:
            request_id = await handlers.find_request(reads, number)
        update = update_of(given, request_id, key, doors.database.clock(), desk.city)
        (answer,) = await file.many([update], Principal("client", key), [None])
        return rendered("service_request_updates", [_told(answer)], fmt)

    return router


def _told(answer: object) -> object:
    if isinstance(answer, Problem):
        raise answer
    return getattr(answer, "body", None) or not_found("update")
