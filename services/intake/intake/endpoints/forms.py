"""How far forms come: told by pages as they are filled in, read by analysts."""

from functools import partial

from fastapi import APIRouter, Response

from chassis.http import Caller, Doors, json_response
from chassis.principals import allow
from contracts.event import Utc
from intake.domain.policy import POLICY
from intake.handlers import Desk
from intake.handlers.forms import Visit, show_forms, tell_steps
from intake.schemas.forms import Forms, FormStep, FormStepTaken


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors about forms."""
    router = APIRouter(tags=["forms"])
    tell = doors.command("POST /forms/steps", partial(tell_steps, desk=desk))

    @router.post("/forms/steps", responses={200: {"model": FormStepTaken}})
    async def tell_step(body: FormStep, caller: Caller) -> Response:
        """Count that a form has come so far; nothing is kept of who fills it in, nor of what was told."""
        allow(POLICY, caller, "form.tell")
        return await tell(Visit(body.visit, body.step, body.channel, body.service_code, body.again), caller, None)

    @router.get("/forms", responses={200: {"model": Forms}})
    async def read_forms(caller: Caller, since: Utc | None = None, until: Utc | None = None) -> Response:
        """Tell how many forms were begun, sent and given up, after which step, and how long they took."""
        allow(POLICY, caller, "form.read")
        async with doors.reads() as reads:
            return json_response(await show_forms(reads, since, until, doors.database.clock()))

    return router
