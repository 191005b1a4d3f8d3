"""New requests, posted one by one or in bulk, or published: one way in for every channel."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, forbidden, invalid
from chassis.ids import UUID_BITS, uuid7
from chassis.principals import may
from chassis.records import Cause, Command, Received
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.event import Texts
from contracts.frontends import RequestSubmitted
from contracts.intake import ContactProfile, FieldProblem, Photo, RequestAccepted, RequestRefused
from contracts.vocabulary import Channel, Clock
from intake import store
from intake.domain.photos.keeping import photo_problems
from intake.domain.places.locating import elsewhere
from intake.domain.policy import POLICY
from intake.domain.requests.emergency import calls_for, said_of
from intake.domain.requests.report import Report
from intake.domain.requests.submission import problems_of
from intake.domain.requests.taking import Names, Taken, forecast_words, take_report
from intake.domain.requests.tracking import BITS, tracking_number
from intake.handlers.desk import Desk, Facts
from intake.handlers.duplicates.kin import Named, kin_facts, kin_problems, named_requests, settle_kin, with_kin
from intake.handlers.people.profiles import heeding
from intake.handlers.photos.keeping import attach_new, claimed_photos, photos_in
from intake.handlers.places import unverified_row
from intake.handlers.requests.rows import contact_row, external_rows, request_row, submission_row, words_row
from intake.store.public import expected

_NONE: Final[Mapping[str, str]] = {}


class _Order(NamedTuple):
    report: Report
    cause: Cause
    now: datetime
    number: str | None = None


async def take_new_requests(
    tx: Transaction, commands: Sequence[Command[Report]], desk: Desk, numbers: Mapping[str, str] = _NONE
) -> list[Reply | Problem]:
    """Take what was posted; each report is answered by itself. `numbers` holds, by command, what is given already."""
    claimed = await claimed_photos(tx, [command.payload for command in commands], desk)
    named = await named_requests(tx, [command.payload for command in commands])
    checked = [_checked(command, desk, claimed, named, numbers.get(command.id)) for command in commands]
    orders = [(order, _take(order, desk, claimed)) for order in checked if isinstance(order, _Order)]
    orders = await _beside_kin(tx, orders, named, desk)
    words = await _store(tx, orders, named, desk)
    replies = (_reply(taken, words, desk) for _, taken in orders)
    return [order if isinstance(order, Problem) else next(replies) for order in checked]


def _checked(
    command: Command[Report], desk: Desk, claimed: Mapping[str, Photo], named: Named, number: str | None = None
) -> _Order | Problem:
    report, principal = command.payload, command.principal
    imported = report.clock is Clock.EVENT or report.channel is Channel.IMPORT
    if imported and not may(POLICY, principal, "request.import"):
        return forbidden("request.import", principal.role)
    problems = _problems(report, command.now, desk, claimed, named)
    if problems:
        return invalid([{"field": p.field, "problem": p.problem} for p in problems])
    return _Order(report, command, command.now, number)


def _problems(
    report: Report, now: datetime, desk: Desk, claimed: Mapping[str, Photo], named: Named
) -> tuple[FieldProblem, ...]:
    faults = problems_of(report, desk.city, now)
    return faults + photo_problems(report.photos, claimed) + kin_problems(report, named)


async def _beside_kin(
    tx: Transaction, orders: Sequence[tuple[_Order, Taken]], named: Named, desk: Desk
) -> list[tuple[_Order, Taken]]:
    taken = await with_kin(tx, [(order.report, one) for order, one in orders], named, desk)
    return [(order, one) for (order, _), one in zip(orders, taken, strict=True)]


def _take(order: _Order, desk: Desk, claimed: Mapping[str, Photo]) -> Taken:
    report = order.report
    opened_at = report.requested_at if report.requested_at and report.clock is Clock.EVENT else order.now
    chance = secrets.randbits(BITS + UUID_BITS)
    names = Names(
        request_id=uuid7(opened_at, chance >> BITS),
        tracking_number=order.number or tracking_number(chance & ((1 << BITS) - 1)),
        cause=order.cause.id,
    )
    located = desk.places.locate(report.place, report.service_code, report.attributes)
    return take_report(report, desk.city, desk.link_key, names, order.now, located, photos_in(report, claimed))


async def take_submissions(tx: Transaction, received: Sequence[Received[RequestSubmitted]], desk: Desk) -> None:
    """Take what was published, once per (submitter, key), and answer on the log; a repeat is answered again."""
    known = await store.submitted(tx, [_key(r.event) for r in received])
    repeated = [(r, known[_key(r.event)]) for r in received if _key(r.event) in known]
    firsts = {_key(r.event): r for r in reversed(received) if _key(r.event) not in known}
    claimed = await claimed_photos(tx, [r.event for r in firsts.values()], desk)
    named = await named_requests(tx, [r.event for r in firsts.values()])
    orders: list[tuple[_Order, Taken]] = []
    for r in reversed(firsts.values()):
        problems = _problems(r.event, r.now, desk, claimed, named)
        if problems:
            tx.publish(_refusal(r.event, problems), because=r)
        else:
            order = _Order(r.event, r, r.now)
            orders.append((order, _take(order, desk, claimed)))
    orders = await _beside_kin(tx, orders, named, desk)
    words = await _store(tx, orders, named, desk)
    await tx.insert(store.Submission, [submission_row(_published(order), taken) for order, taken in orders])
    _accept(tx, orders, words, desk)
    await _accept_again(tx, repeated, desk)


def _key(event: RequestSubmitted) -> tuple[str, str]:
    return event.submitter, event.submission_key


async def _accept_again(
    tx: Transaction, repeated: Sequence[tuple[Received[RequestSubmitted], Row]], desk: Desk
) -> None:
    if not repeated:
        return
    forecasts = await expected.forecasts_of(tx, [row["service_code"] for _, row in repeated])
    for received, row in repeated:
        accepted = RequestAccepted(
            submission_key=received.event.submission_key,
            submitter=received.event.submitter,
            request_id=row["request_id"],
            tracking_number=row["tracking_number"],
            forecast=forecast_words(forecasts.get(row["service_code"]), desk.city),
            **said_of(calls_for(received.event.description, desk.city), desk.city),
        )
        tx.publish(accepted, because=received)


def _refusal(event: RequestSubmitted, problems: tuple[FieldProblem, ...]) -> RequestRefused:
    return RequestRefused(submission_key=event.submission_key, submitter=event.submitter, problems=problems)


def _published(order: _Order) -> RequestSubmitted:
    assert isinstance(order.report, RequestSubmitted)  # noqa: S101 - asked only where reports come from the log
    return order.report


def _accept(tx: Transaction, orders: Sequence[tuple[_Order, Taken]], words: Mapping[UUID, Texts], desk: Desk) -> None:
    for order, taken in orders:
        event, about = _published(order), taken.created.about
        accepted = RequestAccepted(
            submission_key=event.submission_key,
            submitter=event.submitter,
            request_id=taken.created.request_id,
            tracking_number=about.tracking_number,
            forecast=words[taken.created.request_id],
            **said_of(taken.created.told_to_call, desk.city),
        )
        tx.publish(accepted, because=order.cause)


async def _store(
    tx: Transaction, orders: Sequence[tuple[_Order, Taken]], named: Named, desk: Desk
) -> Mapping[UUID, Texts]:
    """Write and publish what was taken; returns the forecast of each request in words."""
    if not orders:
        return {}
    reporters = {t.profile.contact_ref: (t.profile, o.now) for o, t in orders if t.profile}
    known = await store.known_contacts(tx, sorted(reporters))
    unknown = [profile for ref, (profile, _) in reporters.items() if ref not in known]
    new = await heeding(tx, unknown, desk.city.conversation.region)
    for order, taken in orders:
        _publish(tx, order, taken, new)
    await tx.insert(store.Request, [request_row(taken.created) for _, taken in orders])
    await tx.insert(store.ExternalId, external_rows(taken.created for _, taken in orders))
    contacts = [contact_row(new[ref], reporters[ref][1]) for ref in sorted(new)]
    await tx.insert(store.VaultContact, contacts, ignore=("contact_ref",))
    await tx.insert(store.VaultWords, [row for _, taken in orders if (row := words_row(taken))])
    await tx.insert(store.UnverifiedPlace, [unverified_row(taken) for _, taken in orders if taken.located.doubt])
    await settle_kin(tx, [(order.report, taken, order.cause) for order, taken in orders], named)
    await attach_new(tx, [(order.report, taken.created, order.cause) for order, taken in orders])
    places = {taken.created.request_id: _place(taken, desk) for _, taken in orders}
    forecasts = await expected.forecasts_at(tx, set(places.values()))
    return {request_id: forecast_words(forecasts.get(place), desk.city) for request_id, place in places.items()}


def _place(taken: Taken, desk: Desk) -> tuple[str, str]:
    """Name the service and the area in which it is asked for, where that is known."""
    created = taken.created
    return created.about.service_code, created.place.area.get(desk.city.profile.forecast_areas, "")


def _publish(tx: Transaction, order: _Order, taken: Taken, new_contacts: Mapping[str, ContactProfile]) -> None:
    about = taken.created.about
    clock = "event" if about.clock is Clock.EVENT else None
    if taken.profile and about.contact_refs and taken.profile.contact_ref in new_contacts:
        tx.publish(new_contacts[taken.profile.contact_ref], because=order.cause, at=about.opened_at, clock=clock)
    tx.publish(taken.created, because=order.cause, at=about.opened_at, clock=clock)
    for contact in taken.handed_on:
        tx.publish(contact, because=order.cause, at=about.opened_at, clock=clock)


def _reply(taken: Taken, words: Mapping[UUID, Texts], desk: Desk) -> Reply:
    created, about = taken.created, taken.created.about
    request_id = str(created.request_id)
    body: Facts = {
        "request_id": request_id,
        "tracking_number": about.tracking_number,
        "service_code": about.service_code,
        "status": "open",
        "forecast": words[created.request_id],
        "status_url": desk.status_url(about.tracking_number),
    }
    if taken.reachable:
        body["contact_ref"] = about.contact_refs[0]
        body["manage_link"] = desk.manage_link(request_id, about.tracking_number, about.contact_refs[0])
    body |= said_of(created.told_to_call, desk.city)
    if taken.located.outside:
        body["elsewhere"] = elsewhere(desk.city)
    body |= kin_facts(taken, desk)
    if taken.located.notices:
        body["notices"] = list(taken.located.notices)
    return Reply(201, body)
