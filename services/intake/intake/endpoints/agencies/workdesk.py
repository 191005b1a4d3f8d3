"""The work desk: for agencies without a system of their own, at a desk or in the field."""

from functools import partial
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Response

from chassis.errors import Problem
from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import Principal, allow
from contracts.event import Utc
from contracts.vocabulary import Substatus
from intake import handlers
from intake.domain.policy import POLICY
from intake.handlers import Deeds, Desk
from intake.handlers.agencies import praising
from intake.schemas import (
    DeskBody,
    DeskChanges,
    DeskItem,
    DeskPraise,
    DeskQueue,
    DeskResult,
    DeskStep,
    SyncBody,
    Synced,
)
from intake.store.agencies.workdesk import Wish

Limit = Annotated[int, Query(ge=1, le=500)]
Codes = Annotated[str | None, Query(max_length=2000, description="codes, separated by commas")]
Cursor = Annotated[str | None, Query(max_length=200)]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the work desk."""
    router = APIRouter(prefix="/desk", tags=["work desk"])
    work = doors.command("POST /desk", partial(handlers.work, desk=desk))

    @router.get("/queue", responses={200: {"model": DeskQueue}})
    async def show_queue(  # noqa: PLR0913, PLR0917 - one parameter for each thing to search by
        caller: Caller,
        substatus: Annotated[list[Substatus] | None, Query()] = None,
        service: Codes = None,
        queue: str | None = None,
        crew: str | None = None,
        priority: bool | None = None,  # noqa: FBT001 - a parameter of the address
        due_before: Annotated[Utc | None, Query(description="What is due by then, as the clock stands now.")] = None,
        scheduled_before: Utc | None = None,
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Response:
        """List your agency's open assignments: what came back first, then the oldest."""
        agency = _agency(caller)
        standing = tuple(one.value for one in substatus) if substatus else None
        services = tuple(service.split(",")) if service else None
        wish = Wish(standing, services, queue, crew, priority, due_before, scheduled_before, limit=limit)
        async with doors.reads() as reads:
            return json_response(await handlers.show_queue_of(reads, agency, wish, cursor, desk))

    @router.get("/changes", responses={200: {"model": DeskChanges}})
    async def show_changes(caller: Caller, cursor: Cursor = None, limit: Limit = 200) -> Response:
        """List what changed of your assignments since the cursor; without one, all that are open."""
        agency = _agency(caller)
        async with doors.reads() as reads:
            return json_response(await handlers.show_changes(reads, agency, cursor, limit, desk))

    @router.get("/praise")
    async def show_praise(caller: Caller, crew: str | None = None, limit: Limit = 50) -> list[DeskPraise]:
        """List who thanked your crews, by their names, the newest first."""
        agency = _agency(caller)
        async with doors.reads() as reads:
            return [DeskPraise(**row) for row in await praising.show_praise(reads, agency, crew, limit, desk)]

    @router.get("/assignments/{assignment_id}", responses={200: {"model": DeskItem}})
    async def show_assignment(assignment_id: UUID, caller: Caller) -> Response:
        """Show one of your assignments that runs."""
        agency = _agency(caller)
        async with doors.reads() as reads:
            return json_response(await handlers.show_item(reads, agency, assignment_id, desk))

    @router.post(
        "/assignments/{assignment_id}/{step}", responses={200: {"model": DeskResult}, 202: {"model": DeskResult}}
    )
    async def take_step(
        assignment_id: UUID, step: DeskStep, body: DeskBody, caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Take a step with one of your assignments; a step that does not follow is refused with those that do."""
        _agency(caller)
        (answer,) = await work.many([Deeds((body.action(assignment_id, step),))], caller, [key])
        reply = handlers.alone(answer)
        if isinstance(reply, Problem):
            raise reply
        return json_response(reply.body, reply.status)

    @router.post("/sync", responses={200: {"model": Synced}})
    async def sync(body: SyncBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Hand in what was done offline: applied in order, each answered by itself; then what changed meanwhile."""
        agency = _agency(caller)
        deeds = Deeds(tuple(one.action(one.assignment_id, one.step) for one in body.actions))
        done = orjson.loads((await work(deeds, caller, key)).body)
        async with doors.reads() as reads:
            changed = await handlers.show_changes(reads, agency, body.cursor, 500, desk)
        return json_response({**changed, "results": done["results"]})

    return router


def _agency(caller: Principal) -> str:
    """Name the agency that works here; nobody else is let in."""
    allow(POLICY, caller, "desk.work", agency=caller.agency)
    return caller.agency or ""
