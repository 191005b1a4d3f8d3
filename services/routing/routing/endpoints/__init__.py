"""Routing's HTTP doors: assignments with their reasons, the triage desk, and the rules themselves."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.gate import Gate
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from contracts.city import City
from routing import handlers, store
from routing.domain.policy import POLICY
from routing.endpoints import desk, diverting, onboarding, reading, rules
from routing.endpoints.reading import ASKING
from routing.handlers import Office
from routing.handlers.recommending import Recommender
from routing.schemas import (
    Assignments,
    AssignmentView,
    BulkResult,
    LineResult,
    Resolution,
    ResolutionLine,
    Resolutions,
    TriageQueue,
    Waiting,
)

__all__ = ["ASKING", "routes"]


def routes(doors: Doors, city: City, office: Office, gate: Gate) -> APIRouter:
    """Open routing's doors."""
    router = APIRouter(tags=["routing"])
    _open_files(router, doors)
    _open_queue(router, doors, city, office)
    _open_desk(router, doors, office)
    for part in (rules, onboarding, desk, diverting):
        router.include_router(part.routes(doors, city, office))
    router.include_router(reading.routes(doors, city, office, gate))
    return router


def _open_files(router: APIRouter, doors: Doors) -> None:
    @router.get("/assignments")
    async def list_assignments(request_id: UUID, caller: Caller) -> Assignments:
        """List every assignment of a request: by which rule, how sure, why, and how it ended."""
        async with doors.reads() as reads:
            found = await store.list_assignments(reads, request_id)
        own = caller.agency if any(row["agency"] == caller.agency for row in found) else None
        allow(POLICY, caller, "assignment.read", agency=own)
        return Assignments(request_id=request_id, assignments=[AssignmentView(**row) for row in found])


def _open_queue(router: APIRouter, doors: Doors, city: City, office: Office) -> None:
    recommender = Recommender(city, office)

    @router.get("/triage")
    async def list_triage(caller: Caller, limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> TriageQueue:
        """List the requests that wait for a person, the longest waiting first, with suggestions."""
        allow(POLICY, caller, "triage.read")
        async with doors.reads() as reads:
            size, found = await store.measure_triage(reads), await store.list_triage(reads, limit)
            now = doors.database.clock()
            held = await store.claims.claims_of(reads, [row["request_id"] for row in found], now)
            waiting = await recommender.with_suggestions(reads, found, held, now)
        return TriageQueue(waiting=size["waiting"], oldest=size["oldest"], requests=[Waiting(**row) for row in waiting])


def _open_desk(router: APIRouter, doors: Doors, office: Office) -> None:
    resolve = doors.command("POST /triage/resolve", partial(handlers.resolve_triage, office=office))

    @router.post("/triage/resolve")
    async def resolve_many(body: Resolutions, caller: Caller) -> BulkResult:
        """Resolve up to 1,000 requests; each line is answered by itself."""
        allow(POLICY, caller, "triage.resolve")
        verdicts = [line.verdict(line.request_id) for line in body.lines]
        answers = await resolve.many(verdicts, caller, [line.key for line in body.lines])
        results = [_line_result(line, answer) for line, answer in zip(body.lines, answers, strict=True)]
        return BulkResult(resolved=sum(1 for answer in answers if isinstance(answer, Reply)), results=results)

    @router.post("/triage/{request_id}/resolve")
    async def resolve_one(request_id: UUID, body: Resolution, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Send a waiting request to an agency, or correct its service and let the rules decide."""
        allow(POLICY, caller, "triage.resolve")
        return await resolve(body.verdict(request_id), caller, key)


def _line_result(line: ResolutionLine, answer: Reply | Problem) -> LineResult:
    if isinstance(answer, Problem):
        return LineResult(request_id=line.request_id, status=answer.status, detail=answer.detail)
    return LineResult(request_id=line.request_id, status=answer.status, assignments=answer.body["assignments"])
