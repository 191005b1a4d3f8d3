"""The live map: a page for everybody, and the pace of each area for apps and other sites."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from chassis.errors import invalid
from chassis.http import Caller, Doors, json_response
from chassis.principals import allow
from intake.domain.pages.map import SCRIPT, Chosen
from intake.domain.policy import POLICY
from intake.domain.public.pace import DAYS
from intake.endpoints.public.pages import Language, html, language_of
from intake.handlers import Desk
from intake.handlers.public.mapping import MapBook, draw_map, read_area, read_service

Code = Annotated[str | None, Query(max_length=100)]


class AreaPace(BaseModel):
    """How quickly an area's requests were completed: half of them, and eight in ten, within so many days."""

    area: str
    closed: int
    half_days: float
    most_days: float


class Paces(BaseModel):
    """The areas of a kind in which enough was closed lately."""

    kind: str
    days: int
    areas: list[AreaPace]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors of the map."""
    router, book = APIRouter(tags=["map"]), MapBook()

    @router.get("/map", responses={200: {"content": {"text/html": {}}}})
    async def show_page(
        request: Request,
        caller: Caller,
        area: Annotated[str, Query(max_length=120, description="kind:id")] = "",
        service: Code = None,
        status: Annotated[str, Query(pattern="^(open|closed|)$")] = "",
        lang: Language = None,
    ) -> Response:
        """See recent requests where they are, with their state, and how quickly those of a place are completed."""
        allow(POLICY, caller, "request.read")
        chosen = Chosen(read_area(area, desk.city), read_service(service, desk.city), status or None)
        language = language_of(request, desk.city, lang)
        return await html(doors, await draw_map(doors, book, chosen, desk, language), language)

    @router.get("/map/pace", responses={200: {"model": Paces}})
    async def show_pace(caller: Caller, kind: str, service: Code = None) -> Response:
        """Tell how quickly requests were completed in each area of a kind."""
        allow(POLICY, caller, "request.read")
        if kind not in {one.kind for one in desk.city.profile.areas}:
            raise invalid([{"field": "kind", "problem": "Name a kind of area of this city."}])
        async with doors.reads() as reads:
            found = await book.by_area(reads, kind, read_service(service, desk.city), doors.database.clock())
        lines = [
            {"area": area, "closed": pace.closed, "half_days": pace.half, "most_days": pace.most}
            for area, pace in found.items()
        ]
        return json_response({"kind": kind, "days": DAYS.days, "areas": lines})

    @router.get("/map-page.js", response_class=Response, responses={200: {"content": {"text/javascript": {}}}})
    async def script() -> Response:
        """Give the script that keeps the map fresh."""
        caching = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(SCRIPT, media_type="text/javascript", headers=caching)

    return router
