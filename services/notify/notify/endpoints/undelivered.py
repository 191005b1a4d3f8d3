"""The door for messages that were given up: operators see why, and have them sent again."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from contracts.vocabulary import DeliveryChannel
from notify import store
from notify.domain.policy import POLICY
from notify.domain.undelivered import MOST_AT_ONCE, Reason
from notify.handlers.redriving import Redriver, Redriving
from notify.schemas import RedriveBody, Redriven, UndeliveredMessage

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def routes(doors: Doors, redriver: Redriver) -> APIRouter:
    """Make the routes of messages that were given up."""
    router = APIRouter(prefix="/undelivered")
    redrive = doors.command("POST /undelivered/redrive", redriver.redrive)

    @router.get("")
    async def list_undelivered(
        caller: Caller,
        channel: DeliveryChannel | None = None,
        reason: Reason | None = None,
        since: AwareDatetime = _EVER,
        limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = 100,
    ) -> list[UndeliveredMessage]:
        """List messages that were given up and not sent again, oldest first, without addresses."""
        allow(POLICY, caller, "undelivered.read")
        async with doors.reads() as reads:
            found = await store.undelivered(reads, since, channel, reason, limit)
        return [UndeliveredMessage.model_validate(dict(row)) for row in found]

    @router.post("/redrive", responses={200: {"model": Redriven}})
    async def redrive_messages(body: RedriveBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Have messages sent again, each once, by the ways that lead to their readers today; who did it is noted."""
        allow(POLICY, caller, "undelivered.redrive")
        return await redrive(Redriving(tuple(body.intent_ids), body.because), caller, key)

    return router
