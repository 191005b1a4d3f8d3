"""The life of a request as a table, and the step between finished work and a closed request."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake import handlers
from intake.domain.life.lifecycle import table
from intake.domain.policy import POLICY
from intake.endpoints.requests.residents import Link, known
from intake.handlers import Desk, Look
from intake.schemas import VerifyBody


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors about steps."""
    router = APIRouter(tags=["life of a request"])
    verify = doors.command("POST /requests/verification", partial(handlers.verify_work, desk=desk))

    @router.get("/lifecycle")
    async def show_lifecycle() -> Response:
        """Show every step there is: who may cause it, from where, and where it leads."""
        words = {at.value: said.name.root for at, said in desk.city.statuses.items()}
        return json_response({"steps": table(), "substatuses": words})

    @router.get("/verifications")
    async def list_verifications(caller: Caller, limit: Annotated[int, Query(ge=1, le=500)] = 100) -> Response:
        """List finished work that waits to be looked at, the longest waiting first."""
        allow(POLICY, caller, "work.read_waiting")
        async with doors.reads() as reads:
            return json_response({"verifications": await handlers.list_verifications(reads, limit, desk)})

    @router.post("/requests/{number}/verification")
    async def verify_work(
        number: str, body: VerifyBody, caller: Caller, link: Link, key: IdempotencyKey = None
    ) -> Response:
        """Say that finished work is done, and the request closes; or that it is not, and the crew has it again."""
        request_id, principal = await known(doors, desk, number, caller, link)
        return await verify(Look(request_id, body.done, body.reason, body.assignment_id), principal, key)

    return router
