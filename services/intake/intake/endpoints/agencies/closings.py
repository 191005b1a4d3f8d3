"""What the city owes everybody about its closings: rates, refusals, exceptions, and the second person's word."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.errors import invalid
from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import Principal, allow
from contracts.event import Utc
from intake import handlers
from intake.domain.policy import POLICY
from intake.handlers import Confirming, Desk, Span
from intake.schemas import ClosingExceptions, ConfirmBody, HeldClosings, Rates, Refusals

Limit = Annotated[int, Query(ge=1, le=500)]
Slug = Annotated[str | None, Query(max_length=40)]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors about closings."""
    router = APIRouter(prefix="/closings", tags=["closings"])
    decide = doors.command("POST /closings/held/decide", partial(handlers.confirm_closings, desk=desk))

    @router.get("/rates", responses={200: {"model": Rates}})
    async def show_rates(
        caller: Caller, since: Utc | None = None, until: Utc | None = None, agency: Slug = None, service: Slug = None
    ) -> Response:
        """Show how many closings were opened again, by agency and service; the last 90 days unless told otherwise."""
        allow(POLICY, caller, "closing.rates")
        async with doors.reads() as reads:
            return json_response(await handlers.show_rates(reads, _span(doors, since, until, agency, service), desk))

    @router.get("/refusals", responses={200: {"model": Refusals}})
    async def show_refusals(
        caller: Caller, since: Utc | None = None, until: Utc | None = None, agency: Slug = None
    ) -> Response:
        """Count the updates that broke a rule, by agency and rule; an agency sees its own."""
        span = _span(doors, since, until, _theirs(caller, agency))
        async with doors.reads() as reads:
            return json_response(await handlers.show_refusals(reads, span))

    @router.get("/exceptions", responses={200: {"model": ClosingExceptions}})
    async def show_exceptions(
        caller: Caller,
        since: Utc | None = None,
        until: Utc | None = None,
        agency: Slug = None,
        cursor: str | None = None,
        limit: Limit = 100,
    ) -> Response:
        """List closings without work, disputed or reopened, newest first."""
        span = _span(doors, since, until, _theirs(caller, agency))
        before = handlers.read_cursor(cursor) if cursor else None
        async with doors.reads() as reads:
            return json_response(await handlers.show_exceptions(reads, span, before, limit, desk))

    @router.get("/held", responses={200: {"model": HeldClosings}})
    async def show_held(caller: Caller, agency: Slug = None, limit: Limit = 100) -> Response:
        """List closings in bulk that wait for a second person."""
        whose = _theirs(caller, agency)
        async with doors.reads() as reads:
            return json_response({"held": await handlers.list_held(reads, whose, limit)})

    @router.post("/held/decide")
    async def decide_held(body: ConfirmBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Confirm a group of held closings, or refuse them; never by whoever reported them."""
        return await decide(Confirming(body.group, body.confirm, body.reason), caller, key)

    return router


def _theirs(caller: Principal, agency: str | None) -> str | None:
    """Say whose closings are asked for: an agency's own, anybody's for staff."""
    whose = caller.agency if caller.role == "agency" and agency is None else agency
    allow(POLICY, caller, "closing.read", agency=whose)
    return whose


def _span(
    doors: Doors, since: datetime | None, until: datetime | None, agency: str | None, service: str | None = None
) -> Span:
    end = until or doors.database.clock()
    start = since or end - timedelta(days=90)
    if start >= end:
        raise invalid([{"field": "since", "problem": "Name a time before `until`."}])
    return Span(start, end, agency, service)
