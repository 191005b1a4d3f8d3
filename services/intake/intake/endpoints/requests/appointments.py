"""Amending a request, and its appointment: for its requester, or for an agent who does it for them."""

from functools import partial

from fastapi import APIRouter, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake import handlers
from intake.domain.policy import POLICY
from intake.domain.requests.amending import Amendment
from intake.endpoints.requests.residents import Link, known
from intake.handlers import Amending, Booking, Desk
from intake.schemas import AmendBody, AmendedRequest, BookedAppointment, BookingBody, FreeSlots


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for amendments and appointments."""
    router = APIRouter(tags=["requester"])
    amend = doors.command("PATCH /requests", partial(handlers.amend_requests, desk=desk))
    change = doors.command("POST /requests/appointment", partial(handlers.change_appointments, desk=desk))

    @router.patch("/requests/{number}", responses={200: {"model": AmendedRequest}})
    async def amend_request(
        number: str, body: AmendBody, caller: Caller, link: Link, key: IdempotencyKey = None
    ) -> Response:
        """Correct place, answers or words while the request is open; whoever works on it is told."""
        request_id, principal = await known(doors, desk, number, caller, link)
        told = Amendment(body.description, body.place, body.attributes)
        return await amend(Amending(request_id, told), principal, key)

    @router.get("/services/{code}/slots", responses={200: {"model": FreeSlots}})
    async def list_slots(code: str, caller: Caller) -> Response:
        """List when somebody may come, with the places left."""
        allow(POLICY, caller, "request.read")
        async with doors.reads() as reads:
            return json_response(await handlers.show_slots(reads, code, doors.database.clock(), desk))

    @router.post("/requests/{number}/appointment", responses={200: {"model": BookedAppointment}})
    async def change_appointment(
        number: str, body: BookingBody, caller: Caller, link: Link, key: IdempotencyKey = None
    ) -> Response:
        """Book a slot, move to another, or give it back."""
        request_id, principal = await known(doors, desk, number, caller, link)
        return await change(Booking(request_id, body.action, body.starts_at), principal, key)

    return router
