"""A new report and the requests around it: followed because the reporter said so, shown, or flagged as a recurrence."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from chassis.records import Cause
from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.intake import FieldProblem
from contracts.vocabulary import Channel, Clock
from intake import store
from intake.domain.duplicates import Candidate, Sighting, recurrence, words_of
from intake.domain.places.locating import spot_of
from intake.domain.requests.report import Report
from intake.domain.requests.taking import Taken
from intake.domain.requests.tracking import parse_tracking_number
from intake.handlers.desk import Desk, Facts
from intake.handlers.duplicates.linking import look_around, shown
from intake.handlers.life.cases import Cases, Why

Named = Mapping[str, Row]
"""Requests that reports name, by number, locked: those that follow another stand for the one they follow."""


async def named_requests(tx: Reads, reports: Sequence[Report]) -> Named:
    """Read the requests that reports say they are the same as, or are not."""
    numbers = {_number(number) for report in reports for number in (*_follows(report), *_differs(report))}
    if not numbers:
        return {}
    found = await store.named(tx, sorted(numbers))
    roots = {number: row["parent_request_id"] or row["request_id"] for number, row in found.items()}
    locked = {row["request_id"]: row for row in await store.lock_requests(tx, list(roots.values()))}
    return {number: locked[root] for number, root in roots.items()}


def _number(told: str) -> str:
    return parse_tracking_number(told) or told


def _follows(report: Report) -> tuple[str, ...]:
    told: str | None = getattr(report, "follows", None)  # not every door asks for it
    return (told,) if told else ()


def _differs(report: Report) -> tuple[str, ...]:
    return tuple(getattr(report, "differs_from", ()))


def kin_problems(report: Report, named: Named) -> tuple[FieldProblem, ...]:
    """Say which numbers nobody knows."""
    told = (("follows", _follows(report)), ("differs_from", _differs(report)))
    wrong = (field for field, numbers in told for number in numbers if _number(number) not in named)
    return tuple(FieldProblem(field=field, problem="No request has this number; leave it out.") for field in wrong)


async def with_kin(tx: Transaction, orders: Sequence[tuple[Report, Taken]], named: Named, desk: Desk) -> list[Taken]:
    """Say what each new request follows, comes back from, or may be the same as; nothing is merged by rule."""
    now = tx.now
    found = await look_around(tx, [_sighting(report, taken, now) for report, taken in orders], desk)
    return [_beside(report, one, near, named, now) for (report, one), near in zip(orders, found, strict=True)]


def _beside(report: Report, taken: Taken, near: tuple[Candidate, ...], named: Named, now: datetime) -> Taken:
    for number in _follows(report):
        return _following(taken, named[_number(number)])
    apart = {named[_number(number)]["request_id"] for number in _differs(report)}
    similar = tuple(candidate for candidate in near if candidate.of.request_id not in apart)
    if not similar:
        return taken
    again = recurrence(_seen(taken, now), similar)
    return (_recurring(taken, again.of.request_id) if again else taken)._replace(similar=similar)


def _sighting(report: Report, taken: Taken, now: datetime) -> Sighting | None:
    unasked = getattr(report, "in_bulk", False) or report.clock is Clock.EVENT or report.channel is Channel.IMPORT
    return None if unasked or _follows(report) or spot_of(taken.created.place) is None else _seen(taken, now)


def _seen(taken: Taken, now: datetime) -> Sighting:
    """Compare by what is public; who reported it plays no part, or the answer would tell."""
    created = taken.created
    spot = spot_of(created.place)
    assert spot is not None  # noqa: S101 - asked before
    return Sighting(
        request_id=created.request_id,
        service_code=created.about.service_code,
        spot=spot,
        opened_at=now,
        address=created.place.address or "",
        words=words_of(created.description),
        asset_id=created.place.asset_id,
    )


def _following(taken: Taken, parent: Row) -> Taken:
    if parent["substatus"] == "closed":
        return _recurring(taken, parent["request_id"])
    return taken._replace(created=taken.created.model_copy(update={"parent_request_id": parent["request_id"]}))


def _recurring(taken: Taken, closed: UUID | None) -> Taken:
    return taken._replace(created=taken.created.model_copy(update={"recurrence_of": closed}))


async def settle_kin(tx: Transaction, orders: Sequence[tuple[Report, Taken, Cause]], named: Named) -> None:
    """Write what new requests follow, recur of, and are not."""
    made = [(report, taken.created, cause) for report, taken, cause in orders]
    again = {created.request_id: created.recurrence_of for _, created, _ in made if created.recurrence_of}
    children = [(created, cause) for _, created, cause in made if created.parent_request_id]
    apart = [
        (created.request_id, named[_number(number)]["request_id"])
        for report, created, _ in made
        for number in _differs(report)
    ]
    await store.set_recurrences(tx, again)
    await store.tell_apart(tx, apart)
    if children:
        cases = await Cases.load(tx, [created.request_id for created, _ in children])
        for created, cause in children:
            assert created.parent_request_id  # noqa: S101 - chosen for it
            cases.link(created.request_id, created.parent_request_id, "contact", Why(cause, tx.now))
        await cases.save()


def kin_facts(taken: Taken, desk: Desk) -> Facts:
    """Tell the reporter what theirs follows, seems to be again, or may be the same as; nothing when it stands alone."""
    created = taken.created
    facts = {
        "parent_request_id": created.parent_request_id and str(created.parent_request_id),
        "recurrence_of": created.recurrence_of and str(created.recurrence_of),
        "possible_duplicates": [shown(candidate, desk) for candidate in taken.similar],
    }
    return {name: fact for name, fact in facts.items() if fact}
