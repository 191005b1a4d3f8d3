"""How far integration has come, how far each system was read, and what comparing both sides found."""

import asyncio
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from adapters import handlers, store
from adapters.domain.policy import POLICY
from adapters.domain.register import register, summary
from adapters.handlers import Desk
from adapters.schemas import ReconciliationView, Register, RegisterEntry, WatchView
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow

Agency = Annotated[str | None, Query(max_length=40)]


def routes(doors: Doors, desk: Desk, bell: asyncio.Event) -> APIRouter:
    """Open the doors for those who look."""
    router = APIRouter()
    ask = doors.command("POST /reconciliations", partial(handlers.ask_reconciliation, desk=desk))

    @router.get("/integrations")
    async def show_register(caller: Caller, agency: Agency = None, *, unfinished: bool = False) -> Register:
        """Show each service of each agency: none, one way or two ways, where it is taken, and what is unfinished."""
        allow(POLICY, caller, "register.read")
        async with doors.reads() as reads:
            entries = register(desk.city, await store.count_exceptions(reads))
        shown = [e for e in entries if agency in {None, e.agency} and (e.unfinished or not unfinished)]
        return Register(counts=summary(entries), entries=[RegisterEntry(**entry._asdict()) for entry in shown])

    @router.get("/watches")
    async def list_watches(caller: Caller) -> list[WatchView]:
        """List when each system was last read, and why one could not be."""
        allow(POLICY, caller, "reconciliation.read")
        async with doors.reads() as reads:
            return [WatchView(**row) for row in await store.watches(reads)]

    @router.get("/reconciliations")
    async def list_reconciliations(caller: Caller, agency: Agency = None) -> list[ReconciliationView]:
        """List comparisons of both sides, newest first: what differed, and what was done."""
        allow(POLICY, caller, "reconciliation.read")
        async with doors.reads() as reads:
            return [ReconciliationView(**row) for row in await store.reconciliations(reads, agency)]

    @router.post("/reconciliations/{agency}", status_code=202)
    async def reconcile(
        agency: Annotated[str, Path(max_length=40)], caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Compare both sides now; the report is listed when it is done."""
        answer = await ask(agency, caller, key)
        bell.set()
        return answer

    return router
