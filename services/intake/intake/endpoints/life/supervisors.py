"""The supervisors' queue of disputes."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake import handlers
from intake.domain.policy import POLICY
from intake.handlers import Desk, Ruling
from intake.schemas import DecideBody, DisputeState


def routes(doors: Doors, _desk: Desk) -> APIRouter:
    """Open the doors for supervisors."""
    router = APIRouter(prefix="/disputes", tags=["disputes"])
    rule = doors.command("POST /disputes/decide", handlers.rule_disputes)

    @router.get("")
    async def list_disputes(
        caller: Caller, state: DisputeState = "pending", limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> Response:
        """List disputes, the longest waiting first."""
        allow(POLICY, caller, "dispute.read")
        async with doors.reads() as reads:
            return json_response({"disputes": await handlers.list_disputes(reads, state, limit)})

    @router.post("/{dispute_id}/decide")
    async def decide(dispute_id: UUID, body: DecideBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Reopen the request, or decline with words that the resident reads."""
        allow(POLICY, caller, "dispute.decide")
        return await rule(Ruling(dispute_id, body.reopen, body.reason), caller, key)

    return router
