"""Doors of the triage desk's claims, and of what the contact center hands on."""

from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from contracts.city import City
from contracts.event import Utc
from routing.domain.policy import POLICY
from routing.domain.transfers import summed
from routing.handlers import Office
from routing.handlers.claiming import Claim, claim_requests, release_requests
from routing.schemas.desk import ClaimBody, Claimed, ReleaseBody, Released
from routing.store import center, diverting


def routes(doors: Doors, city: City, office: Office) -> APIRouter:
    """Open them."""
    router = APIRouter(tags=["routing"])
    _open_claims(router, doors, office)
    _open_transfers(router, doors, city)
    return router


def _open_claims(router: APIRouter, doors: Doors, office: Office) -> None:
    claim = doors.command("POST /triage/claim", partial(claim_requests, office=office))
    release = doors.command("POST /triage/release", release_requests)

    @router.post("/triage/claim", responses={200: {"model": Claimed}})
    async def claim_some(body: ClaimBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Hold waiting requests for a while, so that nobody else reads them; claim again to hold them longer."""
        allow(POLICY, caller, "triage.resolve")
        return await claim(Claim(tuple(body.request_ids), body.following), caller, key)

    @router.post("/triage/release", responses={200: {"model": Released}})
    async def release_some(body: ReleaseBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Let go of what one holds; a supervisor of what anybody holds."""
        allow(POLICY, caller, "triage.resolve")
        return await release(tuple(body.request_ids), caller, key)


def _open_transfers(router: APIRouter, doors: Doors, city: City) -> None:
    @router.get("/transfers")
    async def count_transfers(caller: Caller, since: Utc | None = None, until: Utc | None = None) -> Response:
        """Count contacts and requests sent on by destination and reason, and those 311 could keep; the last 30 days."""
        allow(POLICY, caller, "transfers.read")
        end = until or doors.database.clock()
        async with doors.reads() as reads:
            span = since or end - timedelta(days=30), end
            rows = [*await center.contact_counts(reads, *span), *await diverting.counts(reads, *span)]
        return json_response(summed(rows, city.transfers, city.services))
