"""What could not be translated or delivered: seen, decided, tried again."""

import asyncio
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from adapters import handlers, store
from adapters.domain.policy import POLICY
from adapters.handlers import Decision, Desk
from adapters.schemas import DeliveryView, ExceptionView, Resolution, ResolvedException
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow

Agency = Annotated[str | None, Query(max_length=40)]
DeliveryState = Annotated[Literal["open", "waits", "parked", "sent"] | None, Query()]


def routes(doors: Doors, desk: Desk, bell: asyncio.Event) -> APIRouter:
    """Open the doors for those who decide."""
    router = APIRouter()
    resolve = doors.command("POST /exceptions/resolve", partial(handlers.resolve, desk=desk))
    redrive = doors.command("POST /deliveries/redrive", handlers.redrive)

    @router.get("/exceptions")
    async def list_exceptions(caller: Caller, agency: Agency = None, *, resolved: bool = False) -> list[ExceptionView]:
        """List what waits for a person, oldest first; an agency sees its own."""
        asked = caller.agency if caller.role == "agency" else agency
        allow(POLICY, caller, "exceptions.read", agency=asked)
        async with doors.reads() as reads:
            return [ExceptionView(**row) for row in await store.exceptions(reads, asked, resolved=resolved)]

    @router.post("/exceptions/{exception_id}/resolve", response_model=ResolvedException)
    async def resolve_exception(
        exception_id: UUID, body: Resolution, caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Say what a code means for good (`map`), try again (`retry`), or set it aside (`by_hand`); audited."""
        answer = await resolve(Decision(exception_id, body.how, body.means, body.note), caller, key)
        bell.set()
        return answer

    @router.get("/deliveries")
    async def list_deliveries(
        caller: Caller,
        agency: Agency = None,
        state: DeliveryState = None,
        reference: Annotated[str | None, Query(max_length=60)] = None,
    ) -> list[DeliveryView]:
        """List errands in agencies' systems, newest first, and how each went."""
        allow(POLICY, caller, "deliveries.read")
        async with doors.reads() as reads:
            return [DeliveryView(**row) for row in await store.deliveries_of(reads, agency, state, reference)]

    @router.post("/deliveries/{delivery_id}/redrive")
    async def redrive_delivery(delivery_id: UUID, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Run a parked errand again; what it made before is looked for first."""
        answer = await redrive(delivery_id, caller, key)
        bell.set()
        return answer

    return router
