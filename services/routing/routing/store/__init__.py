"""Routing's tables: what it knows of each request, every assignment ever made, and who waits for triage."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, func, select, text
from sqlmodel import Field

from chassis.sql import Row, table_of
from chassis.transaction import Reads, Transaction
from contracts.event import RequestFacts
from contracts.frontends import Place
from contracts.intake import Photo
from routing.domain.cases import Case, Held, Triage
from routing.store import center, claims, diverting, reading, rules
from routing.store.base import METADATA, Base
from routing.store.base import json_column as _json
from routing.store.base import moment_column as _moment

__all__ = ["METADATA", "AssignmentRow", "RequestRow", "TriageRow", "center", "claims", "diverting", "reading", "rules"]


class RequestRow(Base, table=True):
    """One request: the facts its agencies are told, and how far its events have come."""

    __tablename__ = "request"
    __table_args__ = {"postgresql_with": {"fillfactor": "70"}}  # noqa: RUF012 - SQLAlchemy's own form
    request_id: UUID = Field(primary_key=True)
    about: dict[str, Any] = _json()
    description: str
    place: dict[str, Any] | None = _json(nullable=True)
    attributes: dict[str, Any] = _json()
    photos: list[dict[str, Any]] | None = _json(nullable=True)
    created_sequence: int
    amended: bool
    follows: str | None
    retyped: str | None
    closes: int
    reopens: int
    made: int
    notices: dict[str, int] = _json()
    waiting: list[str] = _json()


class AssignmentRow(Base, table=True):
    """One agency has, or had, one request; `cycle` is the count of reopenings before."""

    __tablename__ = "assignment"
    assignment_id: UUID = Field(primary_key=True)
    request_id: UUID = Field(index=True)
    sequence: int
    agency: str
    queue: str
    cycle: int
    cause: str
    rule_id: str | None
    rule_version: int | None
    confidence: float
    runner_up: str | None
    reason: dict[str, str] = _json()
    replaces: UUID | None
    referred_from: str | None
    assigned_at: datetime = _moment()
    ended: str | None
    ended_at: datetime | None = _moment(nullable=True)


class TriageRow(Base, table=True):
    """A request waits, or waited, for a person to find its desk."""

    __tablename__ = "triage"
    __table_args__ = (Index("triage_open", "since", postgresql_where=text("outcome IS NULL")),)
    request_id: UUID = Field(primary_key=True)
    reason: str
    since: datetime = _moment()
    replaces: UUID | None
    referred_from: str | None
    outcome: str | None
    settled_at: datetime | None = _moment(nullable=True)


_REQUEST, _ASSIGNMENT, _TRIAGE = (table_of(model) for model in (RequestRow, AssignmentRow, TriageRow))
_FACTS = ("about", "description", "place", "attributes", "photos", "created_sequence", "amended", "retyped")
_BRIEF_FACTS = ("created_sequence", "amended", "retyped")
_PROGRESS = ("closes", "reopens", "made", "notices", "waiting", "follows")
_LOAD = """
SELECT r.request_id, {columns}, t.reason, t.since, t.replaces, t.referred_from
FROM request r LEFT JOIN triage t ON t.request_id = r.request_id AND t.outcome IS NULL
WHERE r.request_id = ANY($1::uuid[]) ORDER BY r.request_id FOR UPDATE OF r
"""
_HELD = """
SELECT request_id, assignment_id, agency, queue, cycle, ended FROM assignment
WHERE request_id = ANY($1::uuid[]) ORDER BY request_id, sequence
"""
_WHOLE, _BRIEF = (
    _LOAD.format(columns=", ".join(f"r.{name}" for name in names))
    for names in ((*_FACTS, *_PROGRESS), (*_BRIEF_FACTS, *_PROGRESS))
)


async def load_cases(tx: Transaction, abouts: Mapping[UUID, RequestFacts | None], *, whole: bool) -> dict[UUID, Case]:
    """Read and lock requests with their assignments; those never heard of are absent.

    `abouts` names them, with the facts their events carry; `whole` reads words, place and answers too, which cost
    more than all the rest.
    """
    found = await tx.sql(_WHOLE if whole else _BRIEF, list(abouts))
    cases = {row["request_id"]: _case(row, abouts[row["request_id"]], whole=whole) for row in found}
    for row in await tx.sql(_HELD, list(cases)) if cases else ():
        held = Held(row["assignment_id"], row["agency"], row["queue"], row["cycle"], row["ended"])
        cases[row["request_id"]].held.append(held)
    return cases


def _case(row: Row, about: RequestFacts | None, *, whole: bool) -> Case:
    facts: dict[str, Any] = {name: row[name] for name in (*_BRIEF_FACTS, *_PROGRESS)}
    if row["since"]:
        facts["triage"] = Triage(row["reason"], row["since"], row["replaces"], row["referred_from"])
    if whole:
        place = Place.model_validate(row["place"]) if row["place"] else None
        photos = tuple(Photo.model_validate(photo) for photo in row["photos"] or ())
        facts |= {"description": row["description"], "place": place, "attributes": row["attributes"], "photos": photos}
    return Case(row["request_id"], about or RequestFacts.model_validate(row["about"]), **facts)


async def add_cases(tx: Transaction, cases: Sequence[Case]) -> None:
    """Store requests heard of for the first time."""
    await tx.insert(RequestRow, [_row(case, (*_FACTS, *_PROGRESS)) for case in cases])


async def save_progress(tx: Transaction, cases: Sequence[Case]) -> None:
    """Store how far known requests have come."""
    await tx.update(RequestRow, [_row(case, _PROGRESS) for case in cases], keys=("request_id",))


async def save_facts(tx: Transaction, cases: Sequence[Case]) -> None:
    """Store what is known of known requests."""
    await tx.update(RequestRow, [_row(case, _FACTS) for case in cases], keys=("request_id",))


def _row(case: Case, columns: Sequence[str]) -> Row:
    row = {"request_id": case.request_id} | {name: getattr(case, name) for name in columns}
    if "about" in row:
        row["about"] = case.about.model_dump()
        row["place"] = case.place.model_dump() if case.place else None
        row["photos"] = [photo.model_dump() for photo in case.photos] or None
    return row


_WITHOUT_DESK = """
INSERT INTO triage (request_id, reason, since)
SELECT request_id, $1, $2 FROM request r WHERE made = 0 AND closes <= reopens AND created_sequence > 0
AND NOT EXISTS (SELECT 1 FROM triage t WHERE t.request_id = r.request_id)
"""


async def triage_those_without_desk(tx: Transaction, reason: str, since: datetime) -> None:
    """Let a person look at open requests that neither an agency nor the triage desk was ever given."""
    await tx.sql(_WITHOUT_DESK, reason, since)


async def skip_notices(tx: Transaction, count: int) -> None:
    """Leave so many numbers out in what each agency is told of each request."""
    more = "(SELECT jsonb_object_agg(key, value::int + $1) FROM jsonb_each(notices))"
    await tx.sql(f"UPDATE request SET notices = {more} WHERE notices <> '{{}}'", count)


async def forget_triage(tx: Transaction, request_ids: Sequence[UUID]) -> None:
    """Forget that a person was to look at these."""
    if request_ids:
        await tx.sql("DELETE FROM triage WHERE request_id = ANY($1::uuid[])", request_ids)


async def list_assignments(reads: Reads, request_id: UUID) -> list[Row]:
    """List every assignment of a request in the order they were made."""
    statement = select(_ASSIGNMENT).where(_ASSIGNMENT.c.request_id == request_id)
    return await reads.rows(statement.order_by(_ASSIGNMENT.c.sequence))


async def list_triage(reads: Reads, limit: int) -> list[Row]:
    """List who waits for triage, longest first, with what a person needs to decide."""
    named = ("tracking_number", "service_code", "opened_at")
    about = [_REQUEST.c.about[name].astext.label(name) for name in named]
    facts = [_REQUEST.c[name] for name in ("description", "place", "attributes")]
    joined = _TRIAGE.join(_REQUEST, _REQUEST.c.request_id == _TRIAGE.c.request_id)
    statement = select(_TRIAGE, *about, *facts).select_from(joined).where(_TRIAGE.c.outcome.is_(None))
    return await reads.rows(statement.order_by(_TRIAGE.c.since).limit(limit))


async def measure_triage(reads: Reads) -> Row:
    """Count who waits for triage, and tell since when the longest has waited."""
    columns = (func.count().label("waiting"), func.min(_TRIAGE.c.since).label("oldest"))
    found = await reads.one(select(*columns).where(_TRIAGE.c.outcome.is_(None)))
    return found or {"waiting": 0, "oldest": None}
