"""New requests, posted one by one or in bulk, or published: one way in for every channel."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from chassis.commands import Reply
from chassis.errors import Problem, forbidden, invalid
from chassis.ids import UUID_BITS, uuid7
from chassis.principals import may
from chassis.records import Cause, Command, Received
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.event import Texts
from contracts.frontends import RequestSubmitted
from contracts.intake import FieldProblem, RequestAccepted, RequestCreated, RequestRefused
from contracts.vocabulary import Channel, Clock
from intake import store
from intake.domain.policy import POLICY
from intake.domain.submission import Report, problems_of
from intake.domain.taking import Names, Taken, forecast_words, take_report
from intake.domain.tracking import BITS, tracking_number
from intake.handlers.desk import Desk, Facts, wrapped


class _Order(NamedTuple):
    report: Report
    cause: Cause
    now: datetime


async def take_new_requests(tx: Transaction, commands: Sequence[Command[Report]], desk: Desk) -> list[Reply | Problem]:
    """Take what was posted; each report is answered by itself."""
    checked = [_checked(command, desk) for command in commands]
    orders = {n: (order, _take(order, desk)) for n, order in enumerate(checked) if isinstance(order, _Order)}
    words = await _store(tx, list(orders.values()), desk)
    return [
        order if isinstance(order, Problem) else _reply(orders[n][1], words, desk) for n, order in enumerate(checked)
    ]


def _checked(command: Command[Report], desk: Desk) -> _Order | Problem:
    report, principal = command.payload, command.principal
    imported = report.clock is Clock.EVENT or report.channel is Channel.IMPORT
    if imported and not may(POLICY, principal, "request.import"):
        return forbidden("request.import", principal.role)
    problems = problems_of(report, desk.city, command.now)
    if problems:
        return invalid([{"field": p.field, "problem": p.problem} for p in problems])
    return _Order(report, command, command.now)


def _take(order: _Order, desk: Desk) -> Taken:
    report = order.report
    opened_at = report.requested_at if report.requested_at and report.clock is Clock.EVENT else order.now
    chance = secrets.randbits(BITS + UUID_BITS)
    names = Names(
        request_id=uuid7(opened_at, chance >> BITS),
        tracking_number=tracking_number(chance & ((1 << BITS) - 1)),
        cause=order.cause.id,
    )
    return take_report(report, desk.city, desk.link_key, names, order.now)


async def take_submissions(tx: Transaction, received: Sequence[Received[RequestSubmitted]], desk: Desk) -> None:
    """Take what was published, once per (submitter, key), and answer on the log; a repeat is answered again."""
    known = await store.submitted(tx, [_key(r.event) for r in received])
    repeated = [(r, known[_key(r.event)]) for r in received if _key(r.event) in known]
    firsts = {_key(r.event): r for r in reversed(received) if _key(r.event) not in known}
    orders: list[tuple[_Order, Taken]] = []
    for r in reversed(firsts.values()):
        problems = problems_of(r.event, desk.city, r.now)
        if problems:
            tx.publish(_refusal(r.event, problems), because=r)
        else:
            order = _Order(r.event, r, r.now)
            orders.append((order, _take(order, desk)))
    words = await _store(tx, orders, desk)
    await tx.insert(store.Submission, [_submission_row(order, taken) for order, taken in orders])
    _accept(tx, orders, words)
    await _accept_again(tx, repeated, desk)


def _key(event: RequestSubmitted) -> tuple[str, str]:
    return event.submitter, event.submission_key


async def _accept_again(
    tx: Transaction, repeated: Sequence[tuple[Received[RequestSubmitted], Row]], desk: Desk
) -> None:
    if not repeated:
        return
    forecasts = await store.forecasts_of(tx, [row["service_code"] for _, row in repeated])
    for received, row in repeated:
        accepted = RequestAccepted(
            submission_key=received.event.submission_key,
            submitter=received.event.submitter,
            request_id=row["request_id"],
            tracking_number=row["tracking_number"],
            forecast=forecast_words(forecasts.get(row["service_code"]), desk.city),
        )
        tx.publish(accepted, because=received)


def _refusal(event: RequestSubmitted, problems: tuple[FieldProblem, ...]) -> RequestRefused:
    return RequestRefused(submission_key=event.submission_key, submitter=event.submitter, problems=problems)


def _accept(tx: Transaction, orders: Sequence[tuple[_Order, Taken]], words: Mapping[str, Texts]) -> None:
    for order, taken in orders:
        event, about = order.report, taken.created.about
        assert isinstance(event, RequestSubmitted)  # noqa: S101 - only published reports come here
        accepted = RequestAccepted(
            submission_key=event.submission_key,
            submitter=event.submitter,
            request_id=taken.created.request_id,
            tracking_number=about.tracking_number,
            forecast=words[about.service_code],
        )
        tx.publish(accepted, because=order.cause)


async def _store(tx: Transaction, orders: Sequence[tuple[_Order, Taken]], desk: Desk) -> Mapping[str, Texts]:
    """Write and publish what was taken; returns the forecast of each service in words."""
    if not orders:
        return {}
    profiles = {t.profile.contact_ref: (o, t) for o, t in orders if t.profile}
    new = profiles.keys() - await store.known_contacts(tx, sorted(profiles))
    for order, taken in orders:
        _publish(tx, order, taken, new)
    await tx.insert(store.Request, [request_row(taken.created) for _, taken in orders])
    await tx.insert(store.ExternalId, external_rows(taken.created for _, taken in orders))
    contacts = [_contact_row(*profiles[ref]) for ref in sorted(new)]
    await tx.insert(store.VaultContact, contacts, ignore=("contact_ref",))
    await tx.insert(store.VaultWords, [row for _, taken in orders if (row := _words_row(taken))])
    forecasts = await store.forecasts_of(tx, [taken.created.about.service_code for _, taken in orders])
    services = {taken.created.about.service_code for _, taken in orders}
    return {code: forecast_words(forecasts.get(code), desk.city) for code in services}


def _publish(tx: Transaction, order: _Order, taken: Taken, new_contacts: set[str]) -> None:
    about = taken.created.about
    clock = "event" if about.clock is Clock.EVENT else None
    if taken.profile and about.contact_refs and taken.profile.contact_ref in new_contacts:
        tx.publish(taken.profile, because=order.cause, at=about.opened_at, clock=clock)
    tx.publish(taken.created, because=order.cause, at=about.opened_at, clock=clock)
    if taken.diverted:
        tx.publish(taken.diverted, because=order.cause, at=about.opened_at, clock=clock)


def request_row(created: RequestCreated) -> Facts:
    """Write down a new request as it was published."""
    about, place = created.about, created.place
    return {
        "request_id": created.request_id,
        "tracking_number": about.tracking_number,
        "service_code": about.service_code,
        "language": about.language,
        "contact_refs": wrapped(about.contact_refs),
        "channel": about.channel.value,
        "operator": created.operator.value,
        "opened_at": about.opened_at,
        "on_event_clock": about.clock is Clock.EVENT,
        "description": created.description,
        "address": place.address,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "area": place.area,
        "place_verified": place.verified,
        "attributes": created.attributes,
        "external_id": created.external_ids[0] if created.external_ids else None,
        "substatus": "received",
        "paused": False,
        "reopen_count": 0,
        "closure": None,
        "updated_at": about.opened_at,
        "updated_sequence": 0,
        "closed_sequence": 0,
        "reopened_sequence": 0,
    }


def external_rows(created: Iterable[RequestCreated]) -> list[Facts]:
    """Write down the numbers other systems know requests by."""
    return [{"external_id": n, "request_id": c.request_id} for c in created for n in c.external_ids]


def _contact_row(order: _Order, taken: Taken) -> Facts:
    profile = taken.profile
    assert profile is not None  # noqa: S101 - only reporters come here
    kept = profile.model_dump(include={"contact_ref", "name", "email", "phone", "webhook_url", "language"})
    return {**kept, "at": order.now}


def _words_row(taken: Taken) -> Facts | None:
    if not (taken.original or taken.personal_answers or taken.profile):
        return None
    return {
        "request_id": taken.created.request_id,
        "contact_ref": taken.profile.contact_ref if taken.profile else None,
        "description": taken.original,
        "attributes": dict(taken.personal_answers),
    }


def _submission_row(order: _Order, taken: Taken) -> Facts:
    event = order.report
    assert isinstance(event, RequestSubmitted)  # noqa: S101 - only published reports come here
    return {
        "submitter": event.submitter,
        "submission_key": event.submission_key,
        "request_id": taken.created.request_id,
    }


def _reply(taken: Taken, words: Mapping[str, Texts], desk: Desk) -> Reply:
    created, about = taken.created, taken.created.about
    request_id = str(created.request_id)
    body: Facts = {
        "request_id": request_id,
        "tracking_number": about.tracking_number,
        "service_code": about.service_code,
        "status": "open",
        "forecast": words[about.service_code],
        "status_url": desk.status_url(about.tracking_number),
    }
    if taken.reachable:
        body["contact_ref"] = about.contact_refs[0]
        body["manage_link"] = desk.manage_link(request_id, about.tracking_number, about.contact_refs[0])
    if taken.diverted:
        body["emergency"] = desk.city.profile.emergency.text.root
    return Reply(201, body | ({"notices": list(taken.notices)} if taken.notices else {}))
