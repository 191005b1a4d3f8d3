"""Doors of the triage desk's diversions: where a request may be sent, and sending it there."""

from datetime import datetime
from functools import partial
from uuid import UUID

from fastapi import APIRouter, Response

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from contracts.city import City
from routing.domain.diverting import diverting_reasons, is_inside
from routing.domain.elsewhere import is_open
from routing.domain.policy import POLICY
from routing.handlers import Office
from routing.handlers.diverting import divert_requests
from routing.schemas.diverting import (
    Destination,
    Destinations,
    DivertBody,
    DivertedLine,
    DivertedLines,
    DivertedView,
    DivertLine,
    DivertLines,
    Reason,
)


def routes(doors: Doors, city: City, office: Office) -> APIRouter:
    """Open them."""
    router = APIRouter(tags=["routing"])
    divert = doors.command("POST /triage/divert", partial(divert_requests, office=office))

    @router.get("/triage/destinations")
    async def list_destinations(caller: Caller) -> Destinations:
        """List where a request may be sent, with number, hours and what becomes of it, and the reasons to choose."""
        allow(POLICY, caller, "triage.read")
        return _destinations(city, office, office.directory.local(doors.database.clock()))

    @router.post("/triage/divert")
    async def divert_many(body: DivertLines, caller: Caller) -> DivertedLines:
        """Send up to 1,000 requests elsewhere; each line is answered by itself."""
        allow(POLICY, caller, "triage.resolve")
        decisions = [line.sending(line.request_id) for line in body.lines]
        answers = await divert.many(decisions, caller, [line.key for line in body.lines])
        results = [_line(line, answer) for line, answer in zip(body.lines, answers, strict=True)]
        return DivertedLines(diverted=sum(1 for one in results if one.diverted), results=results)

    @router.post("/triage/{request_id}/divert", responses={200: {"model": DivertedView}})
    async def divert_one(request_id: UUID, body: DivertBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Send a waiting request where it belongs: outside the city it ends, with number and hours; inside it stays."""
        allow(POLICY, caller, "triage.resolve")
        return await divert(body.sending(request_id), caller, key)

    return router


def _line(line: DivertLine, answer: Reply | Problem) -> DivertedLine:
    if isinstance(answer, Problem):
        return DivertedLine(request_id=line.request_id, status=answer.status, detail=answer.detail)
    view = DivertedView.model_validate(answer.body)
    return DivertedLine(request_id=line.request_id, status=answer.status, diverted=view)


def _destinations(city: City, office: Office, local: datetime) -> Destinations:
    places = [
        Destination(
            slug=transfer.slug,
            name=transfer.name.root,
            kind=transfer.kind,
            phone=transfer.phone,
            hours=transfer.hours.root if transfer.hours else None,
            is_open=is_open(transfer, local),
            stays_open=is_inside(transfer, office.directory),
            agency=transfer.agency,
            takes=transfer.reasons.root,
        )
        for transfer in city.transfers.values()
    ]
    reasons = [Reason(code=reason.code, says=reason.says.root) for reason in diverting_reasons(city)]
    return Destinations(destinations=places, reasons=reasons)
