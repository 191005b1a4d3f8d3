"""What articles were worth, what is missing, and scripts for those who help out."""

from datetime import date
from typing import Any

from fastapi import APIRouter

from chassis.http import Caller, Doors
from chassis.principals import allow
from kb.domain.policy import POLICY
from kb.handlers import learning, missing, scripts
from kb.handlers.counting import usage_since
from kb.handlers.reading_room import ReadingRoom
from kb.schemas.desk import Script
from kb.store import loop


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors of the loop."""
    router = APIRouter(tags=["loop"])

    @router.get("/worth")
    async def show_worth(caller: Caller, since: date | None = None) -> list[dict[str, Any]]:
        """Tell of each article how often it was shown, helped, was followed by a request all the same, or rated low."""
        allow(POLICY, caller, "usage.read")
        await missing.flush(doors, room)
        async with doors.reads() as reads:
            return learning.worth_of(await loop.usage_since(reads, usage_since(since, doors.database.clock())))

    @router.get("/proposals")
    async def show_proposals(caller: Caller, since: date | None = None) -> dict[str, Any]:
        """Propose articles for what nobody answers, and services for requests that fit none but come together."""
        allow(POLICY, caller, "usage.read")
        now = doors.database.clock()
        await missing.flush(doors, room)
        async with doors.reads() as reads:
            return await learning.proposals(reads, usage_since(since, now), now)

    @router.get("/scripts")
    async def list_scripts(caller: Caller, language: str = "en") -> list[Script]:
        """List the scripts one may read from; who helps out sees those of their own topics, while they do."""
        allow(POLICY, caller, "articles.read_internal")
        async with doors.reads() as reads:
            rows = await scripts.scripts_for(reads, caller.subject, language, doors.database.clock())
        return [Script(**row) for row in rows]

    return router
