"""Amending a request while it is open: its words, answers and place; whoever works on it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from chassis.commands import Reply
from chassis.errors import Problem, conflict, forbidden, invalid, not_found
from chassis.principals import may
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.frontends import Place
from contracts.intake import DetailsAmended
from contracts.vocabulary import Substatus
from intake import store
from intake.domain.places.locating import Located, elsewhere
from intake.domain.policy import POLICY
from intake.domain.requests.amending import Amended, Amendment, Standing, amended, is_touched, report_after
from intake.domain.requests.emergency import calls_for, said_of
from intake.domain.requests.report import OwnReport
from intake.domain.requests.submission import problems_of
from intake.domain.requests.taking import public_place
from intake.handlers.desk import Desk, Facts
from intake.handlers.life.cases import Cases, Why
from intake.handlers.places import candidate_facts


@dataclass(frozen=True, slots=True)
class Amending:
    """What is told anew of a request."""

    request_id: UUID
    told: Amendment


@dataclass(slots=True)
class _Book:
    """The requests of one batch, as they were told and as they are told now."""

    cases: Cases
    told: Mapping[UUID, Row]
    placed: Mapping[UUID, tuple[Row, Place]]
    names: Mapping[UUID, Sequence[str]]
    standing: dict[UUID, Standing] = field(default_factory=dict)
    words: dict[UUID, Facts] = field(default_factory=dict)
    located: dict[UUID, Located] = field(default_factory=dict)

    @classmethod
    async def open(cls, tx: Transaction, ids: Sequence[UUID]) -> Self:
        """Lock the requests and read what was told of them."""
        cases = await Cases.load(tx, ids)
        return cls(cases, await store.told_of(tx, ids), await store.places_of(tx, ids), await store.names_of(tx, ids))

    def of(self, request_id: UUID) -> Standing:
        """Say how a request stands, earlier amendments of this batch included."""
        row, (about, place) = self.told[request_id], self.placed[request_id]
        original = row["original"] or row["description"]
        answers = row["attributes"] | (row["personal"] or {})
        return self.standing.get(request_id) or Standing(about["service_code"], original, place, answers)

    async def save(self, tx: Transaction, now: Any) -> None:
        """Write everything back."""
        places = {request_id: located.place for request_id, located in self.located.items()}
        doubted = [_doubt_row(key, located, now) for key, located in self.located.items() if located.doubt]
        await store.amend_requests(tx, list(self.words.values()), places, doubted)
        await self.cases.save()


def _doubt_row(request_id: UUID, located: Located, now: Any) -> Facts:
    candidates = [candidate_facts(candidate) for candidate in located.candidates]
    return {"request_id": request_id, "doubt": located.doubt, "candidates": candidates, "at": now}


async def amend_requests(tx: Transaction, commands: Sequence[Command[Amending]], desk: Desk) -> list[Reply | Problem]:
    """Amend requests, for their requester, or for an agent who does it for them."""
    book = await _Book.open(tx, [command.payload.request_id for command in commands])
    answers = [_amend(book, command, desk) for command in commands]
    for command, answer in zip(commands, answers, strict=True):
        if isinstance(answer, Reply):
            tx.audit(command.principal, "request.amend", str(command.payload.request_id), {})
    await book.save(tx, tx.now)
    return answers


def _amend(book: _Book, command: Command[Amending], desk: Desk) -> Reply | Problem:
    request_id, told = command.payload.request_id, command.payload.told
    refused = _refusal(book, command)
    if refused:
        return refused
    report = report_after(book.of(request_id), told)
    problems = [p for p in problems_of(report, desk.city, command.now) if is_touched(p.field, told)]
    if problems:
        return invalid([{"field": p.field, "problem": p.problem} for p in problems])
    return _apply(book, command, report, desk)


def _refusal(book: _Book, command: Command[Amending]) -> Problem | None:
    request_id = command.payload.request_id
    file = book.cases.files.get(request_id)
    if file is None:
        return not_found("request")
    if not may(POLICY, command.principal, "request.amend", request_id=str(request_id)):
        return forbidden("request.amend", command.principal.role)
    if file.case.substatus is Substatus.CLOSED:
        return conflict("The request is closed; dispute the closing, or report the problem anew.")
    return None


def _apply(book: _Book, command: Command[Amending], report: OwnReport, desk: Desk) -> Reply:
    request_id, told, names = (
        command.payload.request_id,
        command.payload.told,
        book.names.get(command.payload.request_id, ()),
    )
    after = amended(report, desk.city, names)
    located = desk.places.locate(told.place, report.service_code, report.attributes) if told.place else None
    place = public_place(located.place, names) if located else None
    _note(book, request_id, report, after, place)
    if located and place:
        book.located[request_id] = Located(place, located.doubt, located.candidates, located.outside)
    change = DetailsAmended(
        place=place,
        attributes=dict(after.attributes) if told.attributes is not None else None,
        words_changed=told.description is not None,
    )
    book.cases.tell(request_id, (change,), command.principal.role, Why(command, command.now))
    return Reply(200, _answer(request_id, told, located, desk))


def _note(book: _Book, request_id: UUID, report: OwnReport, after: Amended, place: Place | None) -> None:
    before = book.of(request_id)
    book.standing[request_id] = Standing(
        before.service_code, report.description, place or before.place, report.attributes
    )
    book.words[request_id] = {
        "request_id": request_id,
        "description": after.description,
        "attributes": dict(after.attributes),
        "original": after.original,
        "personal": dict(after.personal),
    }


def _answer(request_id: UUID, told: Amendment, located: Located | None, desk: Desk) -> Facts:
    body: Facts = {"request_id": str(request_id), "notices": list(located.notices) if located else []}
    body |= said_of(calls_for(told.description or "", desk.city), desk.city)
    return body | ({"elsewhere": elsewhere(desk.city)} if located and located.outside else {})
