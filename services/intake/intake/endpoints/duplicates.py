"""Duplicates: shown to whoever reports, followed by whoever wants to, linked by staff."""

from functools import partial
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake import handlers
from intake.domain.policy import POLICY
from intake.endpoints.requests.residents import Link, known
from intake.handlers import Desk, Following, Kinship
from intake.schemas import FollowBody, FollowedRequest, Kin, KinBody, NewRequest, PossibleDuplicates

_FOUND: dict[int | str, dict[str, Any]] = {200: {"model": PossibleDuplicates}}


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for duplicates."""
    router = APIRouter(tags=["duplicates"])
    follow = doors.command("POST /requests/follow", partial(handlers.follow_requests, desk=desk))
    kin = doors.command("POST /requests/link", handlers.link_requests)
    differ = doors.command("POST /requests/different", handlers.tell_apart)

    @router.post("/requests/duplicates", responses=_FOUND)
    async def find_duplicates(body: NewRequest, caller: Caller) -> Response:
        """Show what a report may be the same as, before it is sent; a service and a place are enough."""
        allow(POLICY, caller, "request.create")
        async with doors.reads() as reads:
            return json_response(await handlers.find_duplicates(reads, body, doors.database.clock(), desk))

    @router.get("/requests/{number}/duplicates", responses=_FOUND)
    async def list_duplicates(number: str, caller: Caller, link: Link) -> Response:
        """Show what a request may be the same as, by whatever channel it came."""
        request_id, who = await known(doors, desk, number, caller, link)
        allow(POLICY, who, "request.read_duplicates", request_id=str(request_id))
        async with doors.reads() as reads:
            staff = who.role != "contact"
            return json_response(await handlers.list_duplicates(reads, request_id, desk, staff=staff))

    @router.post("/requests/{number}/follow", responses={200: {"model": FollowedRequest}})
    async def follow_request(number: str, body: FollowBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Be told of everything that is told about this request, without one of one's own."""
        allow(POLICY, caller, "request.follow")
        return await follow(Following(await _find(number), body.reporter), caller, key)

    @router.post("/requests/{number}/different")
    async def tell_apart(
        number: str, body: KinBody, caller: Caller, link: Link, key: IdempotencyKey = None
    ) -> Response:
        """Say that this is something else than another request; it is not asked again."""
        request_id, who = await known(doors, desk, number, caller, link)
        return await differ(Kinship(request_id, await _find(body.number)), who, key)

    @router.post("/requests/{number}/link", responses={200: {"model": Kin}})
    async def link_request(number: str, body: KinBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Let this request follow another: it keeps its number, and ends with that one."""
        allow(POLICY, caller, "request.link")
        return await kin(Kinship(await _find(number), await _find(body.number)), caller, key)

    @router.post("/requests/{number}/unlink", responses={200: {"model": Kin}})
    async def unlink_request(number: str, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Let this request stand for itself again."""
        allow(POLICY, caller, "request.link")
        return await kin(Kinship(await _find(number)), caller, key)

    async def _find(number: str) -> UUID:
        async with doors.reads() as reads:
            return await handlers.find_request(reads, number)

    return router
