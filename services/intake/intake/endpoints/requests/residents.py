"""What a requester does with their request, by their signed link, or an agent for them."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.errors import forbidden
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import Principal
from intake import handlers
from intake.handlers import Asked, Desk
from intake.schemas import CancelBody, DisputeBody, LinkParts, MessageBody

Link = Annotated[LinkParts, Query()]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for requesters."""
    router = APIRouter(tags=["requester"])
    send = doors.command("POST /requests/messages", partial(handlers.write_messages, desk=desk))
    withdraw = doors.command("POST /requests/cancel", partial(handlers.cancel_requests, desk=desk))
    claim = doors.command("POST /requests/dispute", partial(handlers.take_disputes, desk=desk))

    @router.post("/requests/{number}/messages", status_code=201)
    async def send_message(
        number: str, body: MessageBody, caller: Caller, link: Link, key: IdempotencyKey = None
    ) -> Response:
        """Write to those who work on the request; the words stay in the vault."""
        request_id, principal = await known(doors, desk, number, caller, link)
        return await send(Asked(request_id, text=body.text), principal, key)

    @router.post("/requests/{number}/cancel")
    async def cancel_request(
        number: str, caller: Caller, link: Link, body: CancelBody | None = None, key: IdempotencyKey = None
    ) -> Response:
        """Withdraw the request."""
        request_id, principal = await known(doors, desk, number, caller, link)
        return await withdraw(Asked(request_id, at=body.at if body else None), principal, key)

    @router.post("/requests/{number}/dispute")
    async def dispute_closing(
        number: str, caller: Caller, link: Link, body: DisputeBody | None = None, key: IdempotencyKey = None
    ) -> Response:
        """Say that it was not done: the request is opened again, or a supervisor decides."""
        request_id, principal = await known(doors, desk, number, caller, link)
        said = body or DisputeBody()
        return await claim(Asked(request_id, text=said.comment, closure_id=said.closure_id), principal, key)

    return router


async def known(doors: Doors, desk: Desk, number: str, caller: Principal, link: LinkParts) -> tuple[UUID, Principal]:
    """Find the request and who asks: a contact by their link, else whoever the bearer token names."""
    async with doors.reads() as reads:
        request_id = await handlers.find_request(reads, number)
    if link.contact is None or link.token is None:
        return request_id, caller
    if not desk.knows(request_id, link.contact, link.token):
        raise forbidden("this link", "this request")
    return request_id, Principal("contact", link.contact, request_id=str(request_id))
