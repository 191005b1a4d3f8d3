"""Duplicates: what a report may be the same as, followed if somebody says so, linked and unlinked by staff."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import FieldError, Problem, conflict, forbidden, invalid, not_found
from chassis.principals import may
from chassis.records import Command
from chassis.transaction import Reads, Transaction
from contracts.vocabulary import Status
from intake import store
from intake.domain.duplicates import (
    Candidate,
    Sighting,
    candidates,
    link_problem,
    search_for,
    window_of,
    words_of,
)
from intake.domain.places.locating import spot_of
from intake.domain.policy import POLICY
from intake.domain.requests.report import Report
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, Why

_OPEN = {True: Status.OPEN.value, False: Status.CLOSED.value}


async def look_around(reads: Reads, reports: Sequence[Sighting | None], desk: Desk) -> list[tuple[Candidate, ...]]:
    """Find the candidates of each report, in one query; none without a position or where the catalog has no window."""
    searches, asked = [], []
    for n, report in enumerate(reports):
        window = window_of(desk.city, report.service_code) if report else None
        if report and window:
            kinds = (report.service_code, *desk.city.services[report.service_code].related)
            searches.append(search_for(report, window, kinds))
            asked.append((n, report, window))
    found: list[tuple[Candidate, ...]] = [() for _ in reports]
    near = await store.near(reads, searches) if searches else {}
    for place, (n, report, window) in enumerate(asked):
        if place in near:
            found[n] = candidates(report, near[place], window)
    return found


async def find_duplicates(reads: Reads, report: Report, now: datetime, desk: Desk) -> Facts:
    """Show what a report may be the same as before it is sent; nothing is kept of it.

    Raises a 422 problem for a service that is not in the catalog.
    """
    if report.service_code not in desk.city.services:
        raise invalid([FieldError(field="service_code", problem="No service of this code is in the catalog.")])
    located = desk.places.locate(report.place, report.service_code, report.attributes)
    spot = spot_of(located.place)
    if spot is None:
        return {"candidates": []}
    sighting = Sighting(
        request_id=None,
        service_code=report.service_code,
        spot=spot,
        opened_at=now,
        address=located.place.address or "",
        words=words_of(report.description),
        asset_id=located.place.asset_id,
    )
    (found,) = await look_around(reads, [sighting], desk)
    return {"candidates": [shown(candidate, desk) for candidate in found]}


async def list_duplicates(reads: Reads, request_id: UUID, desk: Desk, *, staff: bool) -> Facts:
    """Show what a kept request may be the same as, by whatever channel it came; what was told apart is left out.

    Only staff see what the same reporter speaks for: to anybody else the score would tell who reported what.
    """
    row = await store.show_request(reads, request_id)
    if row is None:
        raise not_found("request")
    if row["latitude"] is None or row["longitude"] is None:
        return {"candidates": []}
    apart = await store.told_apart(reads, request_id)
    sighting = Sighting.of({**row, "closed_at": None, "disposition": None})
    sighting = sighting if staff else replace(sighting, contact_refs=frozenset())
    (found,) = await look_around(reads, [sighting], desk)
    return {"candidates": [shown(candidate, desk) for candidate in found if candidate.of.request_id not in apart]}


def shown(candidate: Candidate, desk: Desk) -> Facts:
    """Show a candidate as everybody may see it: never who reported it."""
    of = candidate.of
    return {
        "request_id": str(of.request_id),
        "tracking_number": of.tracking_number,
        "service_code": of.service_code,
        "status": _OPEN[candidate.is_open],
        "substatus": of.substatus,
        "address": of.address or None,
        "opened_at": of.opened_at.isoformat(),
        "closed_at": of.closed_at.isoformat() if of.closed_at else None,
        "metres": candidate.metres,
        "score": candidate.score,
        "status_url": desk.status_url(of.tracking_number),
    }


@dataclass(frozen=True, slots=True)
class Kinship:
    """Something said of two requests: the same, or not; by their ids."""

    request_id: UUID
    other: UUID | None = None


async def link_requests(tx: Transaction, commands: Sequence[Command[Kinship]]) -> list[Reply | Problem]:
    """Let requests follow their parents, or stand for themselves again (`other` None); audited."""
    ids = [i for c in commands for i in (c.payload.request_id, c.payload.other) if i]
    cases = await Cases.load(tx, ids)
    with_children = await store.followed_among(tx, list(cases.files))
    answers = [_kin(cases, command, with_children) for command in commands]
    for command, answer in zip(commands, answers, strict=True):
        if isinstance(answer, Reply):
            action = "request.link" if command.payload.other else "request.unlink"
            tx.audit(command.principal, action, str(command.payload.request_id), dict(answer.body))
    await cases.save()
    return answers


def _kin(cases: Cases, command: Command[Kinship], with_children: set[UUID]) -> Reply | Problem:
    if not may(POLICY, command.principal, "request.link"):
        return forbidden("request.link", command.principal.role)
    child, parent = command.payload.request_id, command.payload.other
    if child not in cases.files or (parent and parent not in cases.files):
        return not_found("request")
    why = Why(command, command.now)
    return _link(cases, command, with_children, why) if parent else _unlink(cases, command, why)


def _link(cases: Cases, command: Command[Kinship], with_children: set[UUID], why: Why) -> Reply | Problem:
    child, parent = command.payload.request_id, command.payload.other
    assert parent is not None  # noqa: S101 - asked before
    file, above = cases.files[child], cases.files[parent]
    if file.parent == parent:
        return Reply(200, _answer(child, parent))
    problem = link_problem(child, parent, above.parent, has_children=child in with_children)
    if problem:
        return conflict(problem)
    if Status.CLOSED in (file.case.status, above.case.status):
        return conflict(
            "One of them is closed; only open requests are linked. A report after a closing is a recurrence."
        )
    cases.unlink(child, command.principal.role, why)
    cases.link(child, parent, command.principal.role, why)
    with_children.add(parent)
    return Reply(200, _answer(child, parent))


def _unlink(cases: Cases, command: Command[Kinship], why: Why) -> Reply | Problem:
    child = command.payload.request_id
    parent = cases.files[child].parent
    if parent is None:
        return conflict("The request follows no other.")
    cases.unlink(child, command.principal.role, why)
    return Reply(200, _answer(child, None) | {"was": str(parent)})


def _answer(child: UUID, parent: UUID | None) -> Facts:
    return {"request_id": str(child), "parent_request_id": str(parent) if parent else None}


async def tell_apart(tx: Transaction, commands: Sequence[Command[Kinship]]) -> list[Reply | Problem]:
    """Remember that two requests are different things, so that nobody is asked again."""
    answers: list[Reply | Problem] = []
    pairs: list[tuple[UUID, UUID]] = []
    for command in commands:
        asked, principal = command.payload, command.principal
        if not may(POLICY, principal, "request.differ", request_id=str(asked.request_id)):
            answers.append(forbidden("request.differ", principal.role))
        elif asked.other:
            pairs.append((asked.request_id, asked.other))
            answers.append(Reply(200, {"request_id": str(asked.request_id), "differs_from": str(asked.other)}))
    await store.tell_apart(tx, pairs)
    return answers
