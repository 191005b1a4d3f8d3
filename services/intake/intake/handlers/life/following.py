"""What the other services say of a request, as its timeline and public view show it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from chassis.records import Received
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.kb import ArticlePublished
from contracts.notify import NotificationSettled
from contracts.routing import RequestAssigned
from contracts.sla import ForecastPublished, RequestPromised
from contracts.vocabulary import AssignmentCause, Moment
from intake import store
from intake.domain.life.case import Part, assigned, clock_changes, crew_of, followed
from intake.domain.life.correcting import correction
from intake.handlers.agencies.hearing import Hearing, Told
from intake.handlers.agencies.reporting import WAITING, waiting_key
from intake.handlers.desk import Desk, Facts, wrapped
from intake.handlers.life.cases import Cases, Why

_ANSWERS_REFERRAL = frozenset({AssignmentCause.REFERRAL, AssignmentCause.TRIAGE})


async def follow_assignments(tx: Transaction, received: Sequence[Received[RequestAssigned]], desk: Desk) -> None:
    """Give each agency its part, then apply the updates that came before their assignment did."""
    cases = await Cases.load(tx, [r.event.request_id for r in received])
    known = [r for r in received if is_new(cases, r.event)]
    waiting = await store.waiting_reports(tx, [r.event.assignment_id for r in known])
    told = {
        name: [Told(AgencyReport.model_validate(r["body"]), r["agency"]) for r in rows]
        for name, rows in waiting.items()
    }
    hearing = await Hearing.open(tx, cases, [one for each in told.values() for one in each], desk)
    for r in known:
        before = cases.files[r.event.request_id].case
        take_part(cases, r)
        after = cases.files[r.event.request_id].case
        correct(cases, r)
        cases.tell(r.event.request_id, clock_changes(before, after), "system", Why(r, r.at))
        for row, one in zip(waiting.get(r.event.assignment_id, ()), told.get(r.event.assignment_id, ()), strict=True):
            hearing.hear(one, Why(r, max(row["at"], r.now)))
    if waiting:
        await tx.cancel(WAITING, [_waiting_key(row) for rows in waiting.values() for row in rows])
    await hearing.close()


def is_new(cases: Cases, event: RequestAssigned) -> bool:
    """Tell whether a request of ours lacks this part."""
    file = cases.files.get(event.request_id)
    return file is not None and file.case.part(event.assignment_id) is None


def take_part(cases: Cases, received: Received[RequestAssigned]) -> None:
    """Give an agency its part, and show it."""
    event = received.event
    before = cases.files[event.request_id].case
    again = event.cause is AssignmentCause.REOPENED
    crew = crew_of(before, event.agency) if again else None
    part = Part(event.assignment_id, event.agency, queue=event.queue, crew=crew, priority=again)
    case = assigned(before, part, event.replaces, ends_referrals=event.cause in _ANSWERS_REFERRAL)
    if cases.files[event.request_id].parent:
        case = followed(case)
    cases.add_part(event.request_id, part, event.assigned_at)
    cases.keep(event.request_id, case, received.at)
    shown = {"agency": event.agency, "queue": event.queue, "cause": event.cause.value, "reason": event.reason}
    cases.note(event.request_id, received.at, "assigned", shown)


def correct(cases: Cases, r: Received[RequestAssigned]) -> None:
    """Take over the service that a person, or the reader, found a request to be, and tell everybody."""
    known, file = r.event.request_id, cases.files[r.event.request_id]
    for change in correction(file.case, file.about.service_code, r.event.about.service_code):
        cases.correct(known, change.service_code)
        by = "agent" if r.event.cause is AssignmentCause.TRIAGE else "system"
        cases.tell(known, (change,), by, Why(r, r.at))


def _waiting_key(row: Row) -> str:
    return waiting_key(row["agency"], row["assignment_id"], row["update_id"])


_PROMISED: Final = {"due_at", "deadline_at", "expected_at", "words", "reason"}


async def follow_promises(tx: Transaction, received: Sequence[Received[RequestPromised]]) -> None:
    """Keep the newest promise of each request, and each on the timeline."""
    newest = {r.event.request_id: r.event for r in sorted(received, key=lambda r: r.event.revision)}
    await tx.upsert(
        store.Promise, [_promise_row(event) for event in newest.values()], ("request_id",), newer="revision"
    )
    entries = [_entry(r, "promised", r.event.model_dump(mode="json", include=_PROMISED)) for r in received]
    await tx.insert(store.TimelineEntry, entries)


def _promise_row(event: RequestPromised) -> Facts:
    return {
        "request_id": event.request_id,
        "revision": event.revision,
        "due_at": event.due_at,
        "deadline_at": event.deadline_at,
        "expected_at": event.expected_at,
        "earliest_at": event.earliest_at,
        "latest_at": event.latest_at,
        "words": event.words,
        "basis": event.basis.model_dump(mode="json"),
    }


_OFF_THE_PAGE: Final = frozenset({Moment.FOLLOW_UP_DUE, Moment.FOLLOW_UP_SETTLED, Moment.CAMPAIGN})
"""News of a complaint or a low rating: no page says that there was one. A campaign is about no request."""


async def follow_notifications(tx: Transaction, received: Sequence[Received[NotificationSettled]]) -> None:
    """Write on the timeline that somebody was told, never who or where; what is said of a request stays off it."""
    shown = {"moment", "channel", "outcome"}
    of_the_request = [r for r in received if r.event.moment not in _OFF_THE_PAGE]
    entries = [_entry(r, "notified", r.event.model_dump(mode="json", include=shown)) for r in of_the_request]
    await tx.insert(store.TimelineEntry, entries)


def _entry(received: Received[RequestPromised] | Received[NotificationSettled], kind: str, detail: Facts) -> Facts:
    return {"request_id": received.event.request_id, "at": received.at, "kind": kind, "detail": detail}


_FORECAST: Final = {"service_code", "area", "version", "words", "target_words", "basis"}


async def follow_forecasts(tx: Transaction, received: Sequence[Received[ForecastPublished]]) -> None:
    """Keep what may be promised at the moment of asking."""
    newest: defaultdict[tuple[str, str], Facts] = defaultdict(dict)
    for event in sorted((r.event for r in received), key=lambda event: event.version):
        newest[event.service_code, event.area] = event.model_dump(mode="json", include=_FORECAST)
    await tx.upsert(store.Forecast, list(newest.values()), ("service_code", "area"), newer="version")


async def follow_articles(tx: Transaction, received: Sequence[Received[ArticlePublished]]) -> None:
    """Keep the newest version of each article's title, to show with its services, and on every page while urgent."""
    newest = {r.event.article_id: r.event for r in sorted(received, key=lambda r: r.event.version)}
    rows = [
        {
            "article_id": event.article_id,
            "version": event.version,
            "title": event.title,
            "summary": event.summary,
            "services": wrapped(event.services),
            "shown": event.audience == "public" and event.state == "published",
            "banner": event.banner,
            "starts_at": event.starts_at,
            "expires_at": event.expires_at,
        }
        for event in newest.values()
    ]
    await tx.upsert(store.Article, rows, ("article_id",), newer="version")
