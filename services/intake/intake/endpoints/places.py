"""Places: looked up by everybody, corrected by staff."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake import handlers
from intake.domain.geocoding import Spot
from intake.domain.policy import POLICY
from intake.handlers import Correction, Desk
from intake.schemas import FoundPlaces, PlaceCorrection, PlaceHere, UnverifiedPlaces


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for places."""
    router = APIRouter(tags=["places"])
    correct = doors.command("POST /requests/place", partial(handlers.correct_places, desk=desk))

    @router.get("/places", responses={200: {"model": FoundPlaces}})
    async def find_places(caller: Caller, address: Annotated[str, Query(min_length=1, max_length=300)]) -> Response:
        """Look an address or a crossing up, as it is written in English or Spanish."""
        allow(POLICY, caller, "place.find")
        return json_response(handlers.find_places(address, desk))

    @router.get("/places/reverse", responses={200: {"model": PlaceHere}})
    async def show_place(
        caller: Caller,
        latitude: Annotated[float, Query(ge=-90, le=90)],
        longitude: Annotated[float, Query(ge=-180, le=180)],
    ) -> Response:
        """Say what is known of a point: nearest address, areas, and whether it is in the city."""
        allow(POLICY, caller, "place.find")
        return json_response(handlers.place_at(Spot(latitude, longitude), desk))

    @router.get("/places/unverified", responses={200: {"model": UnverifiedPlaces}})
    async def list_unverified(
        caller: Caller, limit: Annotated[int, Query(ge=1, le=500)] = 100, cursor: str | None = None
    ) -> Response:
        """List open requests whose place a person must look at, the longest waiting first."""
        allow(POLICY, caller, "place.read_unverified")
        async with doors.reads() as reads:
            return json_response(await handlers.list_unverified(reads, limit, cursor))

    @router.post("/requests/{number}/place")
    async def correct_place(number: str, body: PlaceCorrection, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Correct where a request is; whoever works on it is told."""
        allow(POLICY, caller, "place.correct")
        async with doors.reads() as reads:
            request_id = await handlers.find_request(reads, number)
        return await correct(_correction(request_id, body), caller, key)

    return router


def _correction(request_id: UUID, body: PlaceCorrection) -> Correction:
    told = body.latitude is not None and body.longitude is not None
    spot = Spot(body.latitude or 0.0, body.longitude or 0.0) if told else None
    return Correction(request_id, body.address, spot, body.asset_id, body.setting)
