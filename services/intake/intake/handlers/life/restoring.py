"""Restoring what intake decided from what it published: requests, their parts, closings and timelines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar
from uuid import UUID

from chassis.ids import derived_uuid
from chassis.rebuilding import CHASSIS_DUE, Derived, Fate, Kept
from chassis.records import Due, Received
from chassis.transaction import Transaction
from contracts.event import RequestEvent
from contracts.frontends import Place
from contracts.intake import (
    ContactProfile,
    DetailsAmended,
    DuplicateLinked,
    DuplicateUnlinked,
    RequestAccepted,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
    ServiceCorrected,
    UpdateRefused,
)
from contracts.routing import RequestAssigned
from contracts.survey import SurveyAnswered
from intake import store
from intake.domain.agencies.reporting import PATIENCE
from intake.domain.life.case import reopened
from intake.domain.life.replaying import after_change, after_closing
from intake.handlers.agencies.hearing import refusal_row
from intake.handlers.agencies.reporting import WAITING, waiting_key
from intake.handlers.desk import Facts
from intake.handlers.life.cases import Cases, File
from intake.handlers.life.files import UNKEPT
from intake.handlers.life.following import is_new, take_part
from intake.handlers.requests.rows import contact_row, external_rows, request_row

E = TypeVar("E", bound=RequestEvent)
WORDS: Final = ("description", *store.place_columns(Place()), "attributes")
UNTOLD: Final = "kind NOT IN ('note', 'disputed', 'dispute_declined', 'photo_refused', 'update_refused')"
KEPT_TIMERS: Final = (
    "kind NOT IN ('conversation.forget', 'draft.forget', 'social.forget', 'conversation.survey', 'intake.step')"
)

_KEPT: Final[Mapping[str, tuple[str, ...]]] = {
    "agencies' updates leave the log after thirty days": ("report",),
    "the originals, and residents' words, never travel": ("vault_words", "vault_message", "vault_telephone"),
    "what names a device or an account never travels": ("vault_open311",),
    "addresses of photos never travel": ("vault_photo_fetch",),
    "which photos are kept, and which were taken back, is not published": ("photo", "request_photo"),
    "why a place is doubted is not published": ("unverified_place",),
    "secrets never travel": ("open311_key", "account_code", "account_session"),
    "what a client got instead of a number is not published": ("open311_token",),
    "which reports were said to be different is not published": ("not_duplicate",),
    "which slots are taken is settled here before it is published": ("appointment",),
    "what is unfinished never travels": ("vault_draft", "vault_conversation", "vault_live_queue", "vault_survey_ask"),
    "what is held for review never travels": ("vault_held", "vault_held_letter", "held_closing"),
    "how far forms came, and what needed no agent, is counted here alone": ("form_visit", "self_served"),
    "agents' notes never travel": ("desk_contact", "vault_contact_note", "vault_feedback"),
    "providers send again what the log has long forgotten": ("telephone_message", "letter", "social_post"),
    "answers to letters name who asked": ("vault_letter_answer",),
    "threads name their authors": ("vault_social_thread", "vault_social_reply"),
    "who is who never travels": ("vault_person", "vault_identity", "person_contact"),
    "how much a caller has asked is nobody's news": ("token_bucket",),
}
"""Why tables are left as they are."""

TABLES: Final[Mapping[str, Fate]] = {
    "request": Derived(
        without={"updated_at": "the time of whichever topic's event was heard last"}, carried=("followers",)
    ),
    "assignment": Derived(
        without={
            "outcome": "how one of several agencies ended its part is not published before the closing",
            "crew": "which of its people an agency sends is its own business",
            "change": "the number of whichever transaction wrote the row",
        },
        carried=("outcome", "crew"),
    ),
    "closure": Derived(without={"sameness": "counts closings alike for some hours"}, carried=("sameness",)),
    "refusal": Derived(),
    "praise": Derived(),
    "timeline": Derived(rows=UNTOLD, without={"id": "the order in which topics were heard"}),
    "due": replace(CHASSIS_DUE, rows=KEPT_TIMERS),
    "promise": Derived(),
    "forecast": Derived(),
    "article": Derived(),
    "campaign": Derived(),
    "external_id": Derived(),
    "submission": Derived(emptied=False, uncompared="answers to submitters leave the log after seven days"),
    "dispute": Derived(emptied=False, uncompared="who disputed, and what waits for a supervisor, is not published"),
    **{table: Kept(why) for why, tables in _KEPT.items() for table in tables},
}
"""What becomes of each table in a rebuild; of the timeline, only what was published."""


async def restore_requests(tx: Transaction, received: Sequence[Received[RequestCreated]]) -> None:
    """Keep requests as they were published; a later copy brings its words alone."""
    newest = {r.event.request_id: r.event for r in sorted(received, key=lambda r: r.event.sequence)}
    await tx.upsert(store.Request, [request_row(event) for event in newest.values()], ("request_id",), only=WORDS)
    again = {known: event.recurrence_of for known, event in newest.items() if event.recurrence_of}
    await store.set_recurrences(tx, again)
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
    amended = [(r.event.request_id, r.event.change) for r in received]
    places = {known: c.place for known, c in amended if isinstance(c, DetailsAmended) and c.place is not None}
    await store.correct_places(tx, places)


async def restore_closings(tx: Transaction, received: Sequence[Received[RequestClosed]]) -> None:
    """Follow every published closing."""
    await _replay(tx, received, "closed", _close)


async def restore_reopenings(tx: Transaction, received: Sequence[Received[RequestReopened]]) -> None:
    """Follow every published reopening, and count the dispute it answered."""
    await _replay(tx, received, "reopened", _reopen)
    await tx.insert(store.Dispute, [_dispute_row(r) for r in received], ignore=("dispute_id",))


async def restore_refusals(tx: Transaction, received: Sequence[Received[UpdateRefused]]) -> None:
    """Count what was refused."""
    rows = [refusal_row(r.id, r.event) | {"at": r.at} for r in received]
    await tx.insert(store.endings.Refused, rows, ignore=("refusal_id",))


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
    if isinstance(change, ServiceCorrected):
        cases.correct(r.event.request_id, change.service_code)
    if isinstance(change, DuplicateLinked | DuplicateUnlinked):
        cases.attach(r.event.request_id, change.parent_request_id if isinstance(change, DuplicateLinked) else None)
    cases.note(r.event.request_id, r.at, change.kind, change.model_dump(mode="json", exclude={"kind"}))


def _close(cases: Cases, file: File, r: Received[RequestClosed]) -> None:
    cases.keep(r.event.request_id, after_closing(file.case, r.event), r.at)
    file.closure = r.event.model_dump(mode="json", exclude=set(UNKEPT))
    cases.book.closed(r.event, with_parent=file.parent is not None, imported=r.event_clock)
    cases.note(r.event.request_id, r.at, "closed", file.closure)
    if file.parent:
        file.closure["with_parent"] = str(file.parent)


def _reopen(cases: Cases, file: File, r: Received[RequestReopened]) -> None:
    cases.keep(r.event.request_id, reopened(file.case), r.at)
    file.closure = None
    cases.book.reopened(r.event.closure_id, r.at)
    cases.note(r.event.request_id, r.at, "reopened", r.event.model_dump(mode="json", exclude={"about"}))


def _dispute_row(r: Received[RequestReopened]) -> Facts:
    event = r.event
    return {
        "dispute_id": derived_uuid("dispute", event.request_id, event.closure_id),
        "request_id": event.request_id,
        "closure_id": event.closure_id,
        "state": "reopened",
        "asked_by": event.disputed_by or "public",
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
    rows = [contact_row(r.event, r.at) for r in received]
    await tx.insert(store.VaultContact, rows, ignore=("contact_ref",))


async def watch_waiting_reports(tx: Transaction) -> None:
    """Let updates that still wait for their assignment wait no longer than they would have."""
    for row in await tx.sql("SELECT agency, assignment_id, update_id, at FROM report WHERE body IS NOT NULL"):
        assignment_id: UUID = row["assignment_id"]
        key = waiting_key(row["agency"], assignment_id, row["update_id"])
        until, payload = row["at"] + PATIENCE, {"assignment_id": str(assignment_id)}
        tx.schedule(WAITING, key, until, payload, because=Due(WAITING, key, until, payload, "", until))
