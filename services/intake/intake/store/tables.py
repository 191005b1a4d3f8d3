"""Intake's tables, but for the vault. Lists in text columns are separated by spaces: codes and ids hold none."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from chassis.limiting import limits_table
from chassis.tables import new_base

if TYPE_CHECKING:
    Base = SQLModel
else:
    Base = new_base()

METADATA = Base.metadata
limits_table(METADATA)

_MOMENT = DateTime(timezone=True)
_WITH_ROOM = {"postgresql_with": {"fillfactor": "50"}}


def reporter_in(column: str) -> dict[str, str]:
    """Say where a report kept as JSON tells how its reporter is reached, for erasure."""
    return {f"{column}->'reporter'->>'{kind}'": kind for kind in ("email", "phone")}


class Request(Base, table=True):
    """A service request as it stands: public facts, state, and the next sequence of each topic."""

    __tablename__ = "request"
    __table_args__ = (
        Index("request_by_time", "opened_at", "request_id"),
        Index("request_by_service", "service_code", "opened_at"),
        Index("request_by_place", "latitude", "longitude"),
        Index("request_by_update", "updated_at", postgresql_using="brin"),
        Index("request_by_parent", "parent_request_id", postgresql_where=text("parent_request_id IS NOT NULL")),
        Index(
            "request_by_follower",
            text("string_to_array(followers, ' ')"),
            postgresql_using="gin",
            postgresql_where=text("followers IS NOT NULL"),
        ),
        _WITH_ROOM,
    )

    request_id: UUID = Field(primary_key=True)
    tracking_number: str = Field(unique=True)
    service_code: str
    language: str
    contact_refs: str
    channel: str
    operator: str
    customer_type: str
    opened_at: datetime = Field(sa_type=_MOMENT)
    on_event_clock: bool
    description: str
    address: str | None
    latitude: float | None
    longitude: float | None
    area: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    place_verified: bool
    place_method: str | None
    place_accuracy: float | None
    place_confidence: float | None
    asset_id: str | None
    setting: str | None
    attributes: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    external_id: str | None
    parent_request_id: UUID | None = None
    recurrence_of: UUID | None = None
    followers: str | None = None
    substatus: str
    paused: bool
    reopen_count: int
    closure: dict[str, Any] | None = Field(sa_column=Column(JSONB))
    updated_at: datetime = Field(sa_type=_MOMENT)
    updated_sequence: int
    closed_sequence: int
    reopened_sequence: int


class Assignment(Base, table=True):
    """One agency's part of a request; `outcome` is set once it has ended with work or words.

    `change` is the number of the transaction that last changed it.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        Index("assignment_by_request", "request_id"),
        Index("assignment_at_work", "agency", "assigned_at", "assignment_id", postgresql_where=text("NOT ended")),
        Index("assignment_by_change", "change", postgresql_using="brin"),
        {"postgresql_with": {"fillfactor": "45"}},
    )

    assignment_id: UUID = Field(primary_key=True)
    request_id: UUID
    agency: str
    substatus: str
    ended: bool
    outcome: dict[str, Any] | None = Field(sa_column=Column(JSONB))
    assigned_at: datetime = Field(sa_type=_MOMENT)
    queue: str = ""
    crew: str | None = None
    priority: bool = False
    scheduled_for: datetime | None = Field(default=None, sa_type=_MOMENT)
    since: datetime | None = Field(default=None, sa_type=_MOMENT)
    change: int = Field(sa_column=Column(BigInteger, nullable=False))


class Report(Base, table=True):
    """An agency's update that was taken, or waits for its assignment (then `body` holds it)."""

    __tablename__ = "report"
    __table_args__ = (Index("report_waiting", "assignment_id", postgresql_where=text("body IS NOT NULL")),)

    agency: str = Field(primary_key=True)
    assignment_id: UUID = Field(primary_key=True)
    update_id: str = Field(primary_key=True)
    arrived: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    at: datetime = Field(sa_type=_MOMENT)
    body: dict[str, Any] | None = Field(sa_column=Column(JSONB))


class Promise(Base, table=True):
    """The latest promise of a request."""

    __tablename__ = "promise"

    request_id: UUID = Field(primary_key=True)
    revision: int
    due_at: datetime | None = Field(sa_type=_MOMENT)
    expected_at: datetime | None = Field(sa_type=_MOMENT)
    earliest_at: datetime | None = Field(sa_type=_MOMENT)
    latest_at: datetime | None = Field(sa_type=_MOMENT)
    words: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    basis: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    deadline_at: datetime | None = Field(sa_type=_MOMENT)


class Forecast(Base, table=True):
    """What may be promised at the moment of asking."""

    __tablename__ = "forecast"

    service_code: str = Field(primary_key=True)
    area: str = Field(primary_key=True)
    version: int
    words: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    target_words: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    basis: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class ExternalId(Base, table=True):
    """A number another system knows a request by."""

    __tablename__ = "external_id"

    external_id: str = Field(primary_key=True)
    request_id: UUID = Field(primary_key=True)


class Submission(Base, table=True):
    """A published report that was taken: a repeat of it is not taken again."""

    __tablename__ = "submission"

    submitter: str = Field(primary_key=True)
    submission_key: str = Field(primary_key=True)
    request_id: UUID


class TimelineEntry(Base, table=True):
    """Something that happened to a request, as it may be shown."""

    __tablename__ = "timeline"
    __table_args__ = (
        Index("timeline_by_request", "request_id"),
        Index("timeline_by_time", "at", postgresql_using="brin"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    request_id: UUID
    at: datetime = Field(sa_type=_MOMENT)
    kind: str
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class Dispute(Base, table=True):
    """A resident's word that a closing was wrong; `state` is reopened, pending or declined."""

    __tablename__ = "dispute"
    __table_args__ = (
        Index("dispute_by_request", "request_id", "closure_id", unique=True),
        Index("dispute_pending", "at", postgresql_where=text("state = 'pending'")),
    )

    dispute_id: UUID = Field(primary_key=True)
    request_id: UUID
    closure_id: UUID
    state: str
    asked_by: str
    contact_ref: str | None
    comment_ref: str | None
    at: datetime = Field(sa_type=_MOMENT)
    decided_by: str | None
    decided_at: datetime | None = Field(sa_type=_MOMENT)
    reason: str | None


class Article(Base, table=True):
    """The latest version of a knowledge article, for the services it explains."""

    __tablename__ = "article"

    article_id: str = Field(primary_key=True)
    version: int
    title: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    summary: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    services: str
    shown: bool = Field(description="Public and not retired: what residents may be shown.")
    banner: bool = Field(sa_column_kwargs={"server_default": "false"}, description="Urgent: shown on every page.")
    starts_at: datetime | None = Field(sa_type=_MOMENT)
    expires_at: datetime | None = Field(sa_type=_MOMENT)


class Campaign(Base, table=True):
    """A campaign of the city, as its banner shows it."""

    __tablename__ = "campaign"

    code: str = Field(primary_key=True)
    version: int
    title: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    text: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    link: str | None
    shown: bool = Field(description="Announced, not ended, and meant for pages.")
    starts_at: datetime = Field(sa_type=_MOMENT)
    ends_at: datetime = Field(sa_type=_MOMENT)
