"""What looks like spam or abuse waits here for a person."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from intake.domain.policy import POLICY
from intake.handlers import Desk
from intake.handlers.requests.holding import Judged, judge_held, list_held
from intake.schemas.people import RulingBody


class HeldReports(BaseModel):
    """Reports as they came, each with the sign it shows."""

    held: list[dict[str, Any]]


class JudgedReport(BaseModel):
    """What became of a report."""

    tracking_number: str
    status: str = Field(description="released or refused")


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for staff."""
    router = APIRouter(prefix="/held", tags=["held"])
    judge = doors.command("POST /held", partial(judge_held, desk=desk))

    @router.get("", responses={200: {"model": HeldReports}})
    async def list_waiting(caller: Caller, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Response:
        """List reports that wait for a person; every look is audited."""
        allow(POLICY, caller, "held.judge")
        async with doors.transaction() as tx:
            held = await list_held(tx, limit, caller)
        return json_response({"held": held})

    @router.post("/{held_id}/release", responses={200: {"model": JudgedReport}})
    async def release(held_id: str, body: RulingBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Let a report go to work under the number its reporter has."""
        allow(POLICY, caller, "held.judge")
        return await judge(Judged(held_id.replace("\x00", ""), release=True, reason=body.reason), caller, key)

    @router.post("/{held_id}/refuse", responses={200: {"model": JudgedReport}})
    async def refuse(held_id: str, body: RulingBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Refuse a report for a reason; it is kept, with the reason."""
        allow(POLICY, caller, "held.judge")
        return await judge(Judged(held_id.replace("\x00", ""), release=False, reason=body.reason), caller, key)

    return router
