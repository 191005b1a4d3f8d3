"""Reporting and following a request: open to everybody."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response, wants_page
from chassis.principals import allow
from contracts.event import Utc
from contracts.vocabulary import Status
from intake import handlers
from intake.domain.policy import POLICY
from intake.domain.public.geojson import MEDIA_TYPE, feature_collection
from intake.endpoints.limits import guard_of
from intake.endpoints.parameters import box, listed
from intake.endpoints.public.pages import Language, language_of, request_page
from intake.endpoints.requests.lines import MAX_LINES, answer_lines, read_lines
from intake.handlers import Desk
from intake.handlers.public.mapping import within
from intake.handlers.requests.holding import take_or_hold
from intake.schemas import BulkAnswer, Created, NewRequest, NewRequestLine, PublicList, PublicRequest
from intake.schemas.people import Held
from intake.store import Search

NDJSON: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/x-ndjson": {"schema": NewRequestLine.model_json_schema()}},
        "description": f"One report a line, at most {MAX_LINES}.",
    }
}


def points(page: Mapping[str, Any]) -> Response:
    """Answer with requests as points on a map."""
    return json_response(feature_collection(page["requests"], page["next"]), media_type=MEDIA_TYPE)


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for everybody."""
    router = APIRouter(tags=["requests"])
    take = doors.command("POST /requests", partial(take_or_hold, desk=desk))

    guard = guard_of(desk)

    @router.post("/requests", status_code=201, responses={201: {"model": Created}, 202: {"model": Held}})
    @doors.express("/requests", NewRequest, guard.check)
    async def create_request(body: NewRequest, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Report a problem: answered at once with the tracking number and when it will be done."""
        allow(POLICY, caller, "request.create")
        guard.check_reporter(body.reporter, caller.role)
        return await take(body, caller, key)

    @router.post("/requests/bulk", responses={200: {"model": BulkAnswer}}, openapi_extra=NDJSON)
    async def create_requests(request: Request, caller: Caller) -> Response:
        """Hand in many reports, one JSON object a line; every line has its own answer."""
        allow(POLICY, caller, "request.create_bulk")
        lines = read_lines(await request.body())
        good = [line.report for line in lines if line.report]
        answers = await take.many(good, caller, [report.key for report in good])
        return json_response(answer_lines(lines, answers))

    @router.get("/requests", responses={200: {"model": PublicList, "content": {MEDIA_TYPE: {}}}})
    async def list_requests(  # noqa: PLR0913, PLR0917 - one parameter for each thing to search by
        caller: Caller,
        bbox: Annotated[str | None, Query(description="west,south,east,north in degrees")] = None,
        service: Annotated[str | None, Query(description="service codes, separated by commas")] = None,
        status: Status | None = None,
        since: Annotated[Utc | None, Query(description="opened at or after")] = None,
        area: Annotated[
            str | None, Query(description="kind:id; the last 90 days unless `since` says", max_length=120)
        ] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
        cursor: str | None = None,
        format: Annotated[Literal["json", "geojson"] | None, Query()] = None,  # noqa: A002 - the parameter's name
        accept: Annotated[str, Header()] = "",
    ) -> Response:
        """List requests as everybody may see them, newest first; as GeoJSON when asked for by `format` or `Accept`."""
        allow(POLICY, caller, "request.read")
        wanted = within(area, since, doors.database.clock(), desk.city)
        before = handlers.read_cursor(cursor) if cursor else None
        search = Search(limit, box(bbox), listed(service), status and status.value, before=before, **wanted)
        async with doors.reads() as reads:
            page = await handlers.list_requests(reads, search, desk)
        as_points = format == "geojson" or (format is None and MEDIA_TYPE in accept)
        return points(page) if as_points else json_response(page)

    @router.get("/requests/{number}", responses={200: {"model": PublicRequest, "content": {"text/html": {}}}})
    async def show_request(number: str, request: Request, caller: Caller, lang: Language = None) -> Response:
        """Follow one request, by tracking number or by the number an older system gave it; a page for browsers."""
        allow(POLICY, caller, "request.read")
        if wants_page(request):
            language = language_of(request, desk.city, lang)
            return await request_page(doors, desk, number, language, request.query_params)
        async with doors.reads() as reads:
            return json_response(await handlers.show_request(reads, number, doors.database.clock(), desk))

    @router.get("/services")
    async def list_services() -> Response:
        """List what can be asked for, with questions, forecasts and articles."""
        async with doors.reads() as reads:
            return json_response({"services": await handlers.show_catalog(reads, desk)})

    return router
