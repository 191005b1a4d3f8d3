"""Doors for staff: how promises were kept, what agencies agreed to, and new targets."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from contracts.city import Span
from sla import handlers, store
from sla.domain.policy import POLICY
from sla.domain.rules import Rules
from sla.schemas import DismissalBody, NewTargetBody, ShownAgreement, ShownCoverage, ShownPerformance, ShownReview

YEAR = timedelta(days=365)
Group = Literal["agency", "service", "area", "month"]


def open_staff_doors(router: APIRouter, doors: Doors, rules: Rules) -> None:
    """Open the doors of performance, agreements and target reviews."""
    _open_performance(router, doors, rules)
    _open_agreements(router, doors, rules)
    _open_reviews(router, doors, rules)


def _open_performance(router: APIRouter, doors: Doors, rules: Rules) -> None:
    @router.get("/performance")
    async def show_performance(
        caller: Caller,
        since: date | None = None,
        until: date | None = None,
        by: Annotated[list[Group], Query()] = ["agency", "service", "area", "month"],  # noqa: B006 - never changed
    ) -> list[ShownPerformance]:
        """Compare estimated to actual completion of requests opened in a time; open and late is not on time."""
        allow(POLICY, caller, "performance.read")
        now = doors.database.clock()
        first = _midnight(since, rules) or now - YEAR
        last = _midnight(until, rules) or now + timedelta(days=1)
        groups = list(dict.fromkeys(by))
        async with doors.reads() as reads:
            rows = await store.performance(reads, first, last, now, rules.work.zone.key, groups)
        return [ShownPerformance.of(row) for row in rows]


def _midnight(day: date | None, rules: Rules) -> datetime | None:
    return None if day is None else datetime.combine(day, time(0), rules.work.zone).astimezone(UTC)


def _open_agreements(router: APIRouter, doors: Doors, rules: Rules) -> None:
    @router.get("/agreements")
    async def list_agreements(caller: Caller) -> list[ShownAgreement]:
        """List what each agency agreed to: signed or not, who set it and from what, survey protocol, feedback terms."""
        allow(POLICY, caller, "target.read")
        return [ShownAgreement(**agreement.model_dump()) for agreement in rules.city.agreements]

    @router.get("/agreements/coverage")
    async def show_coverage(caller: Caller) -> ShownCoverage:
        """Count the agencies without a signed agreement, and the requests of the last year that fell to them."""
        allow(POLICY, caller, "performance.read")
        now = doors.database.clock()
        async with doors.reads() as reads:
            rows = await store.volume(reads, now - YEAR, now + timedelta(days=1))
        return coverage(rows, rules, rules.day(now))


def coverage(rows: Sequence[Mapping[str, Any]], rules: Rules, today: date) -> ShownCoverage:
    """Tell how much of the work is done under a signed agreement."""
    requests: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        agency = rules.owner(row["agency"] or "")
        agreement = rules.city.agreement(agency, row["service"], today)
        requests[agency][bool(agreement and agreement.signed)] += row["requests"]
    signed = {a.slug for a in rules.city.working_agencies if rules.has_signed(a.slug, today)}
    unsigned, total = sum(found[0] for found in requests.values()), sum(map(sum, requests.values()))
    return ShownCoverage(
        agencies=len(rules.city.working_agencies),
        unsigned_agencies=[a.slug for a in rules.city.working_agencies if a.slug not in signed],
        unsigned_services=sorted(code for code in rules.city.services if not rules.is_signed(code, today)),
        requests=total,
        unsigned_requests=unsigned,
        unsigned_share=round(unsigned / total, 4) if total else None,
        unsigned_by_agency={agency: found[0] for agency, found in sorted(requests.items()) if found[0]},
    )


def _open_reviews(router: APIRouter, doors: Doors, rules: Rules) -> None:
    publish = doors.command("POST /targets", partial(handlers.publish_target, rules=rules))
    dismiss = doors.command("POST /targets/reviews/dismiss", partial(handlers.dismiss_reviews, rules=rules))

    @router.get("/targets/reviews")
    async def list_reviews(caller: Caller) -> list[ShownReview]:
        """List the shorter targets that the monthly review proposes, and why some were dismissed."""
        allow(POLICY, caller, "performance.read")
        async with doors.reads() as reads:
            return [ShownReview(**row) for row in await store.reviews(reads)]

    @router.post("/targets/{service}", status_code=201)
    async def publish_one(service: str, body: NewTargetBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Publish a target from a day to come on; a longer one names who approved it. Promises already made stay."""
        allow(POLICY, caller, "target.publish")
        due = Span(amount=body.amount, unit=body.unit)
        rest = (body.effective_from, body.signed, body.set_by, body.source, body.approved_by)
        return await publish(handlers.NewTarget(service, body.agency, due, *rest), caller, key)

    @router.post("/targets/reviews/{service}/dismiss")
    async def dismiss_one(service: str, body: DismissalBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Dismiss what was proposed for a service; it is not proposed again until its numbers are others."""
        allow(POLICY, caller, "target.publish")
        return await dismiss(handlers.Dismissal(service, body.reason), caller, key)
