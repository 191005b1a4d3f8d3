"""Restoring what intake decided from what it published: requests, their parts, closings and timelines."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

from chassis.ids import derived_uuid
from chassis.rebuilding import Derived, Fate, Kept
from chassis.records import Due, Received
from chassis.transaction import Transaction
from contracts.event import RequestEvent
from contracts.intake import (
    ContactProfile,
    RequestAccepted,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
)
from contracts.routing import RequestAssigned
from contracts.survey import SurveyAnswered
from intake import store
from intake.domain.case import reopened
from intake.domain.replaying import after_change, after_closing
from intake.domain.reporting import PATIENCE
from intake.handlers.cases import Cases, File
from intake.handlers.desk import Facts
from intake.handlers.following import is_new, take_part
from intake.handlers.reporting import WAITING, waiting_key
from intake.handlers.taking import external_rows, request_row

E = TypeVar("E", bound=RequestEvent)
WORDS: Final = ("description", "address", "latitude", "longitude", "area", "place_verified", "attributes")
UNTOLD: Final = "kind NOT IN ('note', 'disputed', 'dispute_declined')"

TABLES: Final[Mapping[str, Fate]] = {
    "request": Derived(without={"updated_at": "the time of whichever topic's event was heard last"}),
    "assignment": Derived(
        without={"outcome": "how one of several agencies ended its part is not published before the closing"},
        carried=("outcome",),
    ),
    "timeline": Derived(rows=UNTOLD, without={"id": "the order in which topics were heard"}),
    "promise": Derived(),
    "forecast": Derived(),
    "article": Derived(),
    "external_id": Derived(),
    "submission": Derived(emptied=False, uncompared="answers to submitters leave the log after seven days"),
    "dispute": Derived(emptied=False, uncompared="who disputed, and what waits for a supervisor, is not published"),
    "report": Kept("agencies' updates leave the log after thirty days"),
    "vault_contact": Derived(emptied=False, uncompared="the vault is kept; those it lacks come back from profiles"),
    "vault_words": Kept("the originals never travel"),
    "vault_message": Kept("residents' words never travel"),
}
"""What becomes of each table in a rebuild; of the timeline, only what was published."""


async def restore_requests(tx: Transaction, received: Sequence[Received[RequestCreated]]) -> None:
    """Keep requests as they were published; a later copy brings its words alone."""
    newest = {r.event.request_id: r.event for r in sorted(received, key=lambda r: r.event.sequence)}
    await tx.upsert(store.Request, [request_row(event) for event in newest.values()], ("request_id",), only=WORDS)
    rows = external_rows(newest.values())
    await tx.insert(store.ExternalId, rows, ignore=("external_id", "request_id"))


async def restore_assignments(tx: Transaction, received: Sequence[Received[RequestAssigned]]) -> None:
    """Give each agency its part; updates that waited were applied long ago, and still wait where they do."""
    cases = await Cases.load(tx, [r.event.request_id for r in received])
    for r in received:
        if is_new(cases, r.event):
            take_part(cases, r)
    await cases.save()


async def restore_updates(tx: Transaction, received: Sequence[Received[RequestUpdated]]) -> None:
    """Follow every published change."""
    await _replay(tx, received, "updated", _change)


async def restore_closings(tx: Transaction, received: Sequence[Received[RequestClosed]]) -> None:
    """Follow every published closing."""
    await _replay(tx, received, "closed", _close)


async def restore_reopenings(tx: Transaction, received: Sequence[Received[RequestReopened]]) -> None:
    """Follow every published reopening, and count the dispute it answered."""
    await _replay(tx, received, "reopened", _reopen)
    await tx.insert(store.Dispute, [_dispute_row(r) for r in received], ignore=("dispute_id",))


async def _replay(
    tx: Transaction, received: Sequence[Received[E]], topic: str, follow: Callable[[Cases, File, Received[E]], None]
) -> None:
    cases = await Cases.load(tx, [r.event.request_id for r in received])
    for r in received:
        file = cases.files.get(r.event.request_id)
        if file is not None and r.event.sequence > file.sequences[topic]:
            file.sequences[topic] = r.event.sequence
            follow(cases, file, r)
    await cases.save()


def _change(cases: Cases, file: File, r: Received[RequestUpdated]) -> None:
    change = r.event.change
    cases.keep(r.event.request_id, after_change(file.case, change), r.at)
    cases.note(r.event.request_id, r.at, change.kind, change.model_dump(mode="json", exclude={"kind"}))


def _close(cases: Cases, file: File, r: Received[RequestClosed]) -> None:
    cases.keep(r.event.request_id, after_closing(file.case, r.event), r.at)
    file.closure = r.event.model_dump(mode="json", exclude={"request_id", "sequence", "about", "reopen_count"})
    cases.note(r.event.request_id, r.at, "closed", file.closure)


def _reopen(cases: Cases, file: File, r: Received[RequestReopened]) -> None:
    cases.keep(r.event.request_id, reopened(file.case), r.at)
    file.closure = None
    cases.note(r.event.request_id, r.at, "reopened", r.event.model_dump(mode="json", exclude={"about"}))


def _dispute_row(r: Received[RequestReopened]) -> Facts:
    event = r.event
    return {
        "dispute_id": derived_uuid("dispute", event.request_id, event.closure_id),
        "request_id": event.request_id,
        "closure_id": event.closure_id,
        "state": "reopened",
        "asked_by": "public",
        "contact_ref": None,
        "comment_ref": event.comment_ref,
        "at": r.at,
        "decided_by": event.decided_by,
        "decided_at": r.at,
        "reason": None,
    }


async def note_answers(tx: Transaction, received: Sequence[Received[SurveyAnswered]]) -> None:
    """Note that requesters answered; what followed was published."""
    cases = await Cases.load(tx, [r.event.request_id for r in received])
    for r in received:
        if r.event.request_id in cases.files:
            cases.note(r.event.request_id, r.at, "survey_answered", {"disputed": r.event.disputed})
    await cases.save()


async def restore_submissions(tx: Transaction, received: Sequence[Received[RequestAccepted]]) -> None:
    """Note which published reports were taken."""
    names = ("submitter", "submission_key", "request_id")
    rows = [{name: getattr(r.event, name) for name in names} for r in received]
    await tx.insert(store.Submission, rows, ignore=names[:2])


async def restore_contacts(tx: Transaction, received: Sequence[Received[ContactProfile]]) -> None:
    """Bring back contacts that the vault lacks."""
    names = {"contact_ref", "name", "email", "phone", "webhook_url", "language"}
    rows: list[dict[str, Any]] = [r.event.model_dump(include=names) | {"at": r.at} for r in received]
    await tx.insert(store.VaultContact, rows, ignore=("contact_ref",))


async def watch_waiting_reports(tx: Transaction) -> None:
    """Let updates that still wait for their assignment wait no longer than they would have."""
    for row in await tx.sql("SELECT agency, assignment_id, update_id, at FROM report WHERE body IS NOT NULL"):
        assignment_id: UUID = row["assignment_id"]
        key = waiting_key(row["agency"], assignment_id, row["update_id"])
        until, payload = row["at"] + PATIENCE, {"assignment_id": str(assignment_id)}
        tx.schedule(WAITING, key, until, payload, because=Due(WAITING, key, until, payload, "", until))
