"""Carrying out decisions: each effect becomes rows and events, in one place for all handlers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.ids import derived_id, derived_uuid
from chassis.transaction import Transaction
from contracts.event import RequestFacts
from contracts.routing import RequestAssigned
from contracts.topics import inbox
from contracts.vocabulary import AssignmentCause, NoticeKind
from routing import store
from routing.domain.cases import (
    AddPhotos,
    Amend,
    AskTriage,
    Assign,
    Case,
    Effect,
    End,
    Follow,
    Held,
    Hold,
    LeaveTriage,
    Retype,
    Skip,
    Tell,
    Triage,
)
from routing.handlers.noticing import facts_of, notice_of
from routing.handlers.occasions import Occasion, Office
from routing.handlers.publishing import keep_up

_FIRST_WORD = {AssignmentCause.REOPENED: NoticeKind.REOPENED}
_ASSIGNED = (
    *("assignment_id", "request_id", "sequence", "agency", "queue", "cause", "rule_id", "rule_version", "confidence"),
    *("runner_up", "reason", "replaces", "referred_from", "assigned_at"),
)
"""What is kept of an assignment, as it was published."""


@dataclass(slots=True)
class Book:
    """The requests one transaction is about, and everything that is to be stored of them at its end."""

    tx: Transaction
    office: Office
    cases: dict[UUID, Case]
    new: dict[UUID, Case] = field(default_factory=dict)
    changed: set[UUID] = field(default_factory=set)
    assigned: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    ended: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    triaged: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    spared: set[UUID] = field(default_factory=set)

    def case(self, request_id: UUID, about: RequestFacts) -> Case:
        """Find a request; one that was never heard of is remembered from the facts its event carries."""
        found = self.cases.get(request_id)
        if found is None:
            found = self.cases[request_id] = self.new[request_id] = Case(request_id, about)
        return found

    def carry_out(self, effects: Iterable[Effect], case: Case, occasion: Occasion) -> None:
        """Do what was decided about a request."""
        for effect in effects:
            _ACTS[type(effect)](self, case, effect, occasion)

    def take_up(self, case: Case, assigned: RequestAssigned, occasion: Occasion, why: Assign | None = None) -> None:
        """Keep an assignment, and let its agency know."""
        row = {name: getattr(assigned, name) for name in _ASSIGNED}
        self.assigned[assigned.assignment_id] = row | {"cycle": case.reopens, "ended": None, "ended_at": None}
        case.made = assigned.sequence
        case.held.append(Held(assigned.assignment_id, assigned.agency, assigned.queue, case.reopens))
        _introduce(self, case, assigned, occasion, why)

    def retype(self, case: Case, service_code: str) -> None:
        """Note which service it really asks for."""
        case.retyped = service_code if service_code != case.about.service_code else None
        self.changed.add(case.request_id)

    def spare_triage(self, case: Case) -> None:
        """Forget that a person was to look: in a rebuild, the log tells later that the reader was sure."""
        case.triage = None
        self.triaged.pop(case.request_id, None)
        self.spared.add(case.request_id)

    async def save(self) -> None:
        """Write everything, each table in one statement."""
        known = [case for key, case in self.cases.items() if key not in self.new]
        await store.add_cases(self.tx, list(self.new.values()))
        await store.save_progress(self.tx, known)
        await store.save_facts(self.tx, [case for case in known if case.request_id in self.changed])
        await self.tx.insert(store.AssignmentRow, list(self.assigned.values()))
        await self.tx.update(store.AssignmentRow, list(self.ended.values()), keys=("assignment_id",))
        await self.tx.upsert(store.TriageRow, list(self.triaged.values()), keys=("request_id",))
        await store.forget_triage(self.tx, list(self.spared))


async def open_book(
    tx: Transaction, office: Office, abouts: Mapping[UUID, RequestFacts | None], *, whole: bool = True
) -> Book:
    """Load and lock the requests a transaction is about; `whole` also their words, place and answers."""
    await keep_up(tx, office)
    office.rulebook.turn(tx.now)
    return Book(tx, office, await store.load_cases(tx, abouts, whole=whole))


def _assign(book: Book, case: Case, effect: Assign, occasion: Occasion) -> None:
    if book.tx.rebuilding:  # who was given it is on the log
        return
    choice, number = effect.choice, case.made + 1
    assignment_id = derived_uuid(occasion.because.id, "assignment", case.request_id, number)
    shared: dict[str, Any] = {
        "assignment_id": assignment_id,
        "request_id": case.request_id,
        "sequence": number,
        "agency": choice.agency,
        "queue": choice.queue,
        "cause": choice.cause,
        "rule_id": choice.rule_id,
        "rule_version": choice.rule_version,
        "confidence": choice.confidence,
        "runner_up": choice.runner_up,
        "reason": choice.reason,
        "replaces": effect.replaces,
        "referred_from": effect.referred_from,
        "assigned_at": occasion.at,
    }
    assigned = RequestAssigned(about=facts_of(case), **shared)
    book.tx.publish(assigned, occasion.because, at=occasion.at, clock=occasion.clock)
    book.take_up(case, assigned, occasion, effect)


def _introduce(book: Book, case: Case, assigned: RequestAssigned, occasion: Occasion, why: Assign | None) -> None:
    """Tell the agency that has it now, and pass on what was said while nobody had."""
    agency, assignment_id = assigned.agency, assigned.assignment_id
    kind = _FIRST_WORD.get(assigned.cause, NoticeKind.ASSIGNED)
    first = Tell(agency, assignment_id, kind, priority=kind is NoticeKind.REOPENED)
    _tell(book, case, replace(first, text=why.text, comment=why.comment) if why else first, occasion)
    for message_ref in case.waiting:
        _tell(book, case, Tell(agency, assignment_id, NoticeKind.MESSAGE, message_ref=message_ref), occasion)
    case.waiting = []
    if case.triage:
        _note_triage(book, case, "assigned", occasion.at)
        case.triage = None


def _end(book: Book, case: Case, effect: End, occasion: Occasion) -> None:
    held = case.assignment(effect.assignment_id)
    if held is None:
        return
    held.ended = effect.why
    over = {"ended": effect.why, "ended_at": occasion.said_at}
    if held.assignment_id in book.assigned:
        book.assigned[held.assignment_id] |= over
    else:
        book.ended[held.assignment_id] = {"assignment_id": held.assignment_id, **over}


def _tell(book: Book, case: Case, effect: Tell, occasion: Occasion) -> None:
    if not book.office.directory.has(effect.agency):  # it has left the city since; nobody reads its inbox
        return
    sequence = _number(case, effect.agency)
    notice_id = derived_id("notice", occasion.because.id, case.request_id, effect.agency, sequence)
    notice = notice_of(case, effect, sequence, notice_id, book.office.addresses)
    book.tx.publish(notice, occasion.because, topic=inbox(effect.agency), at=occasion.at, clock=occasion.clock)


def _skip(book: Book, case: Case, effect: Skip, _occasion: Occasion) -> None:
    if book.office.directory.has(effect.agency):
        _number(case, effect.agency)


def _number(case: Case, agency: str) -> int:
    sequence = case.notices[agency] = case.notices.get(agency, 0) + 1
    return sequence


def _ask_triage(book: Book, case: Case, effect: AskTriage, occasion: Occasion) -> None:
    case.triage = Triage(effect.reason, occasion.said_at, effect.replaces, effect.referred_from)
    _note_triage(book, case, None, None)


def _leave_triage(book: Book, case: Case, effect: LeaveTriage, occasion: Occasion) -> None:
    _note_triage(book, case, effect.why, occasion.said_at)
    case.triage = None


def _note_triage(book: Book, case: Case, outcome: str | None, settled_at: datetime | None) -> None:
    waiting = case.triage
    if waiting is not None:
        book.triaged[case.request_id] = {
            "request_id": case.request_id,
            "reason": waiting.reason,
            "since": waiting.since,
            "replaces": waiting.replaces,
            "referred_from": waiting.referred_from,
            "outcome": outcome,
            "settled_at": settled_at,
        }


def _amend(book: Book, case: Case, effect: Amend, _occasion: Occasion) -> None:
    case.place = effect.place or case.place
    case.attributes = case.attributes if effect.attributes is None else effect.attributes
    case.amended = True
    book.changed.add(case.request_id)


def _add_photos(book: Book, case: Case, effect: AddPhotos, _occasion: Occasion) -> None:
    case.photos = (*case.photos, *(photo for photo in effect.photos if photo not in case.photos))
    book.changed.add(case.request_id)


def _follow(_book: Book, case: Case, effect: Follow, _occasion: Occasion) -> None:
    case.follows = effect.parent


def _retype(book: Book, case: Case, effect: Retype, _occasion: Occasion) -> None:
    book.retype(case, effect.service_code)


def _hold(_book: Book, case: Case, effect: Hold, _occasion: Occasion) -> None:
    case.waiting = [*case.waiting, effect.message_ref]


_ACTS: Mapping[type, Callable[[Book, Case, Any, Occasion], None]] = {
    Assign: _assign,
    End: _end,
    Tell: _tell,
    Skip: _skip,
    AskTriage: _ask_triage,
    LeaveTriage: _leave_triage,
    Amend: _amend,
    AddPhotos: _add_photos,
    Follow: _follow,
    Retype: _retype,
    Hold: _hold,
}
"""How each effect is carried out."""
