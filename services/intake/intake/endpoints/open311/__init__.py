"""Open311: GeoReport v2 with its extensions, Inquiry v1 and the bulk file, exactly as the standard has them."""

from fastapi import APIRouter, Request, Response

from chassis.errors import not_found
from chassis.http import Doors
from intake.endpoints.open311 import bulk, discovery, inquiry, keys, requests, updates
from intake.endpoints.open311.errors import Open311Route
from intake.handlers import Desk

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open every door of Open311; what is behind none of them is told in the standard's own words."""
    router = APIRouter(route_class=Open311Route)
    for part in (keys, bulk, discovery, requests, updates, inquiry):
        router.include_router(part.routes(doors, desk))

    @router.api_route("/open311/{rest:path}", methods=_METHODS, include_in_schema=False)
    async def find_nothing(_request: Request, rest: str) -> Response:
        """Tell that there is nothing here."""
        raise not_found(f"resource {rest[:80]!r}; the discovery document names what there is")

    return router
