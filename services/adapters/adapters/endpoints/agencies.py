"""For agencies' own systems: report on what was handed over, and see it."""

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Response

from adapters import handlers, store
from adapters.domain.policy import POLICY
from adapters.handlers import Desk
from adapters.schemas import HandoverView, Updated, UpdateIn, WorkOrderView
from chassis.errors import not_found
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow

Slug = Annotated[str, Path(max_length=40)]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors for agencies."""
    router = APIRouter()
    report = doors.command("POST /agencies/updates", partial(handlers.report, desk=desk))

    @router.post("/agencies/{agency}/updates", response_model=Updated)
    async def post_update(agency: Slug, body: UpdateIn, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Report a step, as on the agency's own outbox or in its system's words; a repeat changes nothing."""
        allow(POLICY, caller, "update.report", agency=agency)
        news = await handlers.with_pictures(desk, agency, body.news())
        return await report(handlers.Update(agency, news, body.step()), caller, key)

    @router.get("/agencies/{agency}/handovers")
    async def list_handovers(agency: Slug, caller: Caller, *, only_open: bool = False) -> list[HandoverView]:
        """List what was handed over, newest first, with the work orders that work on it."""
        allow(POLICY, caller, "handovers.read", agency=agency)
        if agency not in desk.agencies:
            raise not_found("adapter of this agency")
        async with doors.reads() as reads:
            rows = await store.handovers(reads, agency, only_open=only_open)
            orders = await store.work_orders_of(reads, agency, [row["reference"] for row in rows])
        return [
            HandoverView(**row, work_orders=[WorkOrderView(**j) for j in orders if j["reference"] == row["reference"]])
            for row in rows
        ]

    return router
