"""Doors to the rules: those in force, rehearsed, published, and every set there ever was."""

import asyncio
from datetime import date
from functools import partial

from fastapi import APIRouter, Response

from chassis.errors import FieldError, Problem, invalid, not_found
from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from contracts.city import City, CityError, Rule, RuleSet, fingerprint, read_rules
from routing.domain.policy import POLICY
from routing.domain.rehearsal import Rehearsal
from routing.handlers import Office, publishing
from routing.schemas.rules import PublicationBody, RehearsalBody, RehearsalView, RuleSets, RuleSetView
from routing.store import rules as kept


def routes(doors: Doors, city: City, office: Office) -> APIRouter:
    """Open the doors to the rules."""
    router = APIRouter(tags=["rules"])
    _open_reading(router, doors, office)
    _open_rehearsing(router, doors, city, office)
    _open_publishing(router, doors, city, office)
    return router


def _open_reading(router: APIRouter, doors: Doors, office: Office) -> None:
    @router.get("/rules")
    async def list_rules(caller: Caller, service: str | None = None) -> list[Rule]:
        """List the rules in force in their order of trial; the first that matches wins."""
        allow(POLICY, caller, "rules.read")
        return office.rules_in_force(doors.database.clock(), service)

    @router.get("/rules/sets")
    async def list_sets(caller: Caller) -> RuleSets:
        """List every set of rules that was published, by whom, why, and from when on."""
        allow(POLICY, caller, "rules.history")
        async with doors.reads() as reads:
            await publishing.keep_up(reads, office)
            found = await kept.list_sets(reads)
        book, now = office.rulebook, doors.database.clock()
        return RuleSets(in_force=book.at(now).version, folder=book.folder.version,
                        published=[RuleSetView(**row) for row in found])  # fmt: skip

    @router.get("/rules/sets/{version}")
    async def show_set(version: int, caller: Caller) -> RuleSetView:
        """Show a set of rules as it was published."""
        allow(POLICY, caller, "rules.history")
        async with doors.reads() as reads:
            found = await kept.find_set(reads, min(version, 2**31 - 1))
        if found is None:
            raise not_found(f"published rule set {version}")
        return RuleSetView(**found)


def _open_rehearsing(router: APIRouter, doors: Doors, city: City, office: Office) -> None:
    note = doors.command("POST /rules/rehearse", publishing.note_rehearsals)

    @router.post("/rules/rehearse")
    async def rehearse(body: RehearsalBody, caller: Caller) -> RehearsalView:
        """Run candidate rules over past requests: what would move, by agency and service, and each request's number."""
        allow(POLICY, caller, "rules.rehearse")
        rules = await _read(city, body.rules)
        span = publishing.Span(_day(body, rules, office, doors), body.since, body.until)
        async with doors.reads() as reads:
            await publishing.keep_up(reads, office)
            held = await publishing.rehearse(reads, *office.both(rules, span.on, doors.database.clock()), span)
        await note(publishing.Held(fingerprint(rules), held.looked_at, len(held.moves)), caller)
        return _view(held, rules, span.on, body.most)


def _open_publishing(router: APIRouter, doors: Doors, city: City, office: Office) -> None:
    publish = doors.command("POST /rules/sets", partial(publishing.publish_rules, office=office))

    @router.post("/rules/sets", status_code=201)
    async def publish_rules(body: PublicationBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Publish rules that were rehearsed. They take effect in every instance, without a restart, and are audited."""
        allow(POLICY, caller, "rules.publish")
        rules = await _read(city, body.rules)
        given = publishing.Publication(body.rules, rules, fingerprint(rules), body.reason, body.effective_at)
        answer = await publish(given, caller, key)
        await publishing.refresh(doors, office)
        return answer


async def _read(city: City, text: str) -> RuleSet:
    """Read candidate rules beside the event loop; what is wrong with them is told by line and field."""
    try:
        return await asyncio.to_thread(read_rules, city.folder, text)
    except CityError as error:
        raise _refused(error) from None


def _refused(error: CityError) -> Problem:
    problems = sorted(error.problems)
    return invalid([FieldError(field=f"rules, line {p.line}: {p.field}", problem=p.text) for p in problems])


def _day(body: RehearsalBody, rules: RuleSet, office: Office, doors: Doors) -> date:
    today = office.rulebook.folder.local(doors.database.clock()).date()
    begins = (rule.effective_from for rule in rules.rules if rule.effective_from)
    return body.on or max((today, *begins))


def _view(held: Rehearsal, rules: RuleSet, on: date, most: int) -> RehearsalView:
    found = held.summary() | {"requests": [move._asdict() for move in held.moves[:most]]}
    return RehearsalView(fingerprint=fingerprint(rules), version=rules.version, in_force=held.current.version, on=on,
                         **found)  # fmt: skip
