"""Following a request's life: load what is known, decide, save and publish."""

from collections.abc import Sequence
from typing import Any

from chassis.records import Received
from chassis.transaction import Transaction
from contracts.event import RequestFacts
from contracts.intake import RequestClosed, RequestCreated, RequestReopened, RequestUpdated, UpdateRefused
from contracts.sla import RequestEscalated
from contracts.survey import FeedbackKind, FeedbackRecorded
from routing import store
from routing.domain.cases import Case
from routing.domain.directory import Directory
from routing.domain.lifecycle import begin, close, reopen
from routing.domain.notices import follow_up, hand_back, thank, warn
from routing.handlers.occasions import Occasion, Office
from routing.handlers.office import Book, open_book
from routing.handlers.reading import read_new


async def assign_new_requests(tx: Transaction, received: Sequence[Received[RequestCreated]], office: Office) -> None:
    """Find the desk of every new request; one that is republished without its words only loses them here too."""
    book = await _book(tx, received, office)
    news: list[tuple[Case, Received[RequestCreated]]] = []
    for r in received:
        case = book.case(r.event.request_id, r.event.about)
        news += [(case, r)] if case.created_sequence == 0 else []
        _learn(book, case, r.event)
    read = await read_new(tx, [case for case, _ in news], office.reader, office.directory)
    for case, r in news:
        book.carry_out(read.get(case.request_id) or begin(case, _desks(book, r)), case, _occasion(r))
    await book.save()


def _learn(book: Book, case: Case, created: RequestCreated) -> None:
    if created.sequence <= case.created_sequence:
        return
    # Photos added may have overtaken the report; one that is republished says all there still is.
    added = () if case.created_sequence else tuple(photo for photo in case.photos if photo not in created.photos)
    case.photos = (*created.photos, *added)
    if created.parent_request_id and case.follows is None:  # unless it was heard of since that it stands alone
        case.follows = str(created.parent_request_id)
    case.created_sequence, case.about, case.description = created.sequence, created.about, created.description
    if not case.amended:  # a correction may have overtaken the report it corrects
        case.place, case.attributes = created.place, created.attributes
    book.changed.add(case.request_id)


def _desks(book: Book, r: Received[Any]) -> Directory:
    """Find the rules to decide by: in a rebuild, those of then."""
    return book.office.rulebook.at(r.at) if book.tx.rebuilding else book.office.directory


async def follow_updates(tx: Transaction, received: Sequence[Received[RequestUpdated]], office: Office) -> None:
    """Act on referrals, messages, corrections and withdrawals."""
    book = await _book(tx, received, office)
    for r in received:
        case = book.case(r.event.request_id, r.event.about)
        book.carry_out(follow_up(case, r.event.change, office.directory), case, _occasion(r))
    await book.save()


async def follow_closings(tx: Transaction, received: Sequence[Received[RequestClosed]], office: Office) -> None:
    """End what agencies still hold of a closed request."""
    book = await _book(tx, received, office, whole=False)
    for r in received:
        case = book.case(r.event.request_id, r.event.about)
        book.carry_out(close(case, r.event), case, _occasion(r))
        case.closes = max(case.closes, r.event.reopen_count + 1)
    await book.save()


async def follow_reopenings(tx: Transaction, received: Sequence[Received[RequestReopened]], office: Office) -> None:
    """Give a reopened request back to those who closed it."""
    book = await _book(tx, received, office)
    elsewhere = await store.diverting.ended(tx, [r.event.request_id for r in received])
    for r in received:
        case = book.case(r.event.request_id, r.event.about)
        case.reopens = max(case.reopens, r.event.reopen_count)
        diverted = (case.request_id, r.event.reopen_count - 1) in elsewhere
        book.carry_out(reopen(case, r.event, office.directory, diverted=diverted), case, _occasion(r))
    await book.save()


async def pass_on_escalations(tx: Transaction, received: Sequence[Received[RequestEscalated]], office: Office) -> None:
    """Tell agencies what the clock found."""
    book = await _book(tx, received, office, whole=False)
    for r in received:
        case = book.case(r.event.request_id, r.event.about)
        book.carry_out(warn(case, r.event), case, _occasion(r))
    await book.save()


async def hand_back_refusals(tx: Transaction, received: Sequence[Received[UpdateRefused]], office: Office) -> None:
    """Tell an agency that its update was refused, even one about a request that never was."""
    book = await open_book(tx, office, {r.event.request_id: None for r in received})
    for r in received:
        case = book.case(r.event.request_id, _unheard(r))
        book.carry_out((hand_back(r.event),), case, _occasion(r))
    await book.save()


async def pass_on_praise(tx: Transaction, received: Sequence[Received[FeedbackRecorded]], office: Office) -> None:
    """Tell the agency that did the work whom a resident praises; complaints are survey's to look after."""
    praised = [(r.event.request_id, r) for r in received if r.event.kind is FeedbackKind.PRAISE and r.event.request_id]
    if not praised:
        return
    book = await open_book(tx, office, {request_id: None for request_id, _ in praised})
    for request_id, r in praised:
        case = book.case(request_id, _unheard(r))
        book.carry_out((thank(case, r.event),), case, _occasion(r))
    await book.save()


async def _book(tx: Transaction, received: Sequence[Received[Any]], office: Office, *, whole: bool = True) -> Book:
    return await open_book(tx, office, {r.event.request_id: r.event.about for r in received}, whole=whole)


def _occasion(received: Received[Any]) -> Occasion:
    return Occasion(received, received.now, received.at)


def _unheard(received: Received[Any]) -> RequestFacts:
    """Stand in for what a request says of itself when it is heard of."""
    return RequestFacts(tracking_number="unknown", service_code="unknown", opened_at=received.at)
