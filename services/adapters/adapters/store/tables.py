"""The tables: what was handed over, what is still to be told, what was heard, and what waits for a person."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.tables import new_base

if TYPE_CHECKING:
    from sqlmodel import SQLModel as Base
else:
    Base = new_base()

METADATA = Base.metadata
_MOMENT: Final = DateTime(timezone=True)


def _json(*, nullable: bool = False) -> Any:
    return Field(sa_column=Column(JSONB, nullable=nullable))


class Handover(Base, table=True):
    """A request as one agency's system has it: `reference` is our number there, `number` theirs once it is known.

    `told` names the last step that was told of it, where work orders tell steps as well.
    """

    __tablename__ = "handover"
    __table_args__ = (
        Index("handovers_by_assignment", "assignment_id"),
        Index("handovers_by_number", "agency", "number"),
        Index("handovers_of_request", "request_id"),
    )
    agency: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)
    request_id: UUID
    assignment_id: UUID
    service_code: str
    is_open: bool
    number: str | None
    version: str | None
    status: str | None
    status_at: datetime | None = Field(sa_type=_MOMENT)
    told: str | None
    handed_at: datetime = Field(sa_type=_MOMENT)
    sent_at: datetime | None = Field(sa_type=_MOMENT)
    ended_at: datetime | None = Field(sa_type=_MOMENT)
    body: dict[str, Any] = _json()


class Delivery(Base, table=True):
    """One errand in the agency's system, noted before it is run. Errands of one handover are run in order."""

    __tablename__ = "delivery"
    __table_args__ = (
        Index("deliveries_unsent", "agency", "reference", "seq", postgresql_where=text("state <> 'sent'")),
        Index("deliveries_due", "next_attempt_at", postgresql_where=text("state = 'open'")),
    )
    delivery_id: UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    agency: str
    reference: str
    action: str
    body: dict[str, Any] = _json()
    state: str
    attempts: int
    made_at: datetime = Field(sa_type=_MOMENT)
    next_attempt_at: datetime = Field(sa_type=_MOMENT)
    give_up_at: datetime = Field(sa_type=_MOMENT)
    held_until: datetime | None = Field(sa_type=_MOMENT)
    sent_at: datetime | None = Field(sa_type=_MOMENT)
    detail: str | None
    traceparent: str | None


class HeardNews(Base, table=True):
    """What an agency's system said, once. `state`: applied, nothing (known to be no news), or waits for a person."""

    __tablename__ = "heard"
    __table_args__ = (Index("heard_waiting", "agency", postgresql_where=text("state = 'waits'")),)
    agency: str = Field(primary_key=True)
    news_id: str = Field(primary_key=True)
    reference: str | None
    status: str
    at: datetime = Field(sa_type=_MOMENT)
    heard_at: datetime = Field(sa_type=_MOMENT)
    state: str
    body: dict[str, Any] = _json()


class WaitingException(Base, table=True):
    """What could not be translated or placed: it waits here, in sight, until a person has decided."""

    __tablename__ = "exception"
    __table_args__ = (Index("exceptions_open", "agency", postgresql_where=text("resolved_at IS NULL")),)
    exception_id: UUID = Field(primary_key=True)
    agency: str
    direction: str
    kind: str
    code: str
    detail: str
    subject: str
    reference: str | None
    made_at: datetime = Field(sa_type=_MOMENT)
    resolved_at: datetime | None = Field(sa_type=_MOMENT)
    resolved_by: str | None
    resolution: str | None


class AddedCode(Base, table=True):
    """A code that people added to the city's table."""

    __tablename__ = "added_code"
    agency: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    meaning: Any = _json()
    added_at: datetime = Field(sa_type=_MOMENT)
    added_by: str


class WorkOrder(Base, table=True):
    """A work order in the agency's own system; where orders are read by themselves, with what each says of itself."""

    __tablename__ = "work_order"
    agency: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    status: str | None
    first_at: datetime = Field(sa_type=_MOMENT)
    type: str | None
    status_at: datetime | None = Field(sa_type=_MOMENT)
    starts_at: datetime | None = Field(sa_type=_MOMENT)
    ends_at: datetime | None = Field(sa_type=_MOMENT)


class Covers(Base, table=True):
    """Which handovers a work order serves: it may serve many requests, and a request may need many of them."""

    __tablename__ = "covers"
    __table_args__ = (Index("covers_by_reference", "agency", "reference"),)
    agency: str = Field(primary_key=True)
    number: str = Field(primary_key=True)
    reference: str = Field(primary_key=True)


class Watch(Base, table=True):
    """How far an agency's system was read, and who reads it until when."""

    __tablename__ = "watch"
    agency: str = Field(primary_key=True)
    cursor: dict[str, Any] = _json()
    held_until: datetime = Field(sa_type=_MOMENT)
    read_at: datetime | None = Field(sa_type=_MOMENT)
    problem: str | None


class Reconciliation(Base, table=True):
    """One comparison of both sides: wanted, then run, then told with what it found and did."""

    __tablename__ = "reconciliation"
    __table_args__ = (Index("reconciliations_wanted", "agency", postgresql_where=text("finished_at IS NULL")),)
    run_id: UUID = Field(primary_key=True)
    agency: str
    wanted_at: datetime = Field(sa_type=_MOMENT)
    finished_at: datetime | None = Field(sa_type=_MOMENT)
    compared: int
    findings: Any = _json()
    problem: str | None
