"""What survey keeps: who was asked about which closing, what they answered, and their comments, which never travel."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.limiting import limits_table
from chassis.tables import new_base

Base = new_base()
METADATA = Base.metadata
limits_table(METADATA)
MOMENT: Final = DateTime(timezone=True)
Row = Mapping[str, Any]


class InvitationRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """One person asked about one closing. `about` holds the request's facts, for the events that follow."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index("invitations_of_closing", "closure_id"),
        Index("invitations_of_request", "request_id"),
        Index("invitations_of_contact", "contact_ref"),
        Index("invitations_to_remind", "sent_at", postgresql_where=text("state = 'sent' AND reminded_at IS NULL")),
    )
    invitation_id: UUID = Field(primary_key=True)
    request_id: UUID
    closure_id: UUID
    sequence: int
    reopen_count: int
    contact_ref: str
    state: str
    service_code: str
    agency: str
    ask_at: datetime = Field(sa_type=MOMENT)
    expires_at: datetime = Field(sa_type=MOMENT)
    dispute_until: datetime = Field(sa_type=MOMENT)
    about: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    area: str = Field(default="", sa_column_kwargs={"server_default": ""})
    channel: str = Field(default="", sa_column_kwargs={"server_default": ""})
    crew: str = Field(default="", sa_column_kwargs={"server_default": ""})
    sent_at: datetime | None = Field(default=None, sa_type=MOMENT)
    reminded_at: datetime | None = Field(default=None, sa_type=MOMENT)
    questions: str = Field(default="", sa_column_kwargs={"server_default": ""})
    remind_days: int | None = None  # of what was sent before agreements had days of their own nothing is known


class Reopening(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """How often a request was reopened: a closing from before that is no longer asked about."""

    __tablename__ = "reopening"
    request_id: UUID = Field(primary_key=True)
    reopen_count: int


class AnswerRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """One answer. The comment stays here, in the resident's own words; events carry its reference."""

    __tablename__ = "answer"
    invitation_id: UUID = Field(primary_key=True)
    answered_at: datetime = Field(sa_type=MOMENT)
    work_rating: int | None
    handling_rating: int | None
    agent_rating: int | None
    done: bool | None
    disputed: bool
    other: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    comment_ref: str | None = Field(unique=True)
    comment: str | None
    via: str = Field(default="web", sa_column_kwargs={"server_default": "web"})


class ForgottenRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """Somebody who asked to be forgotten, by a reference that leads nowhere any more: they are asked nothing again."""

    __tablename__ = "forgotten"
    contact_ref: str = Field(primary_key=True)
    forgotten_at: datetime = Field(sa_type=MOMENT)


class ClosingCount(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """How many requests were closed on a day, also those nobody was asked about; `again` came after a reopening."""

    __tablename__ = "closings"
    day: date = Field(primary_key=True, sa_type=Date)
    agency: str = Field(primary_key=True)
    service_code: str = Field(primary_key=True)
    area: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    crew: str = Field(primary_key=True)
    disposition: str = Field(primary_key=True)
    n: int = Field(sa_type=BigInteger)
    again: int = Field(sa_type=BigInteger)


class FollowUpRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """A low rating or a complaint that a role of an agency looks after until a date."""

    __tablename__ = "follow_up"
    __table_args__ = (Index("follow_ups_by_time", "agency", "state", "due_at"),)
    follow_up_id: UUID = Field(primary_key=True)
    version: int
    kind: str
    state: str
    agency: str
    role: str
    level: int
    opened_at: datetime = Field(sa_type=MOMENT)
    due_at: datetime = Field(sa_type=MOMENT)
    service_code: str | None
    tracking_number: str | None
    request_id: UUID | None
    closure_id: UUID | None
    invitation_id: UUID | None
    feedback_id: UUID | None
    reason: str
    outcome: str | None


class FollowUpNote(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """What staff noted while they looked after something."""

    __tablename__ = "follow_up_note"
    __table_args__ = (Index("notes_of_follow_up", "follow_up_id"),)
    note_id: str = Field(primary_key=True)
    follow_up_id: UUID
    at: datetime = Field(sa_type=MOMENT)
    by: str
    note: str


class FeedbackRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """What somebody said without having been asked, without the words."""

    __tablename__ = "feedback"
    __table_args__ = (Index("feedback_by_agency", "agency", "recorded_at"),)
    feedback_id: UUID = Field(primary_key=True)
    recorded_at: datetime = Field(sa_type=MOMENT)
    kind: str
    category: str | None
    agency: str
    crew: str | None
    service_code: str | None
    tracking_number: str | None
    request_id: UUID | None
    rating: int | None
    via: str
    language: str
    comment_ref: str | None
    stage: str | None = None


class FeedbackWords(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """The words of feedback, their public copy, and what the agency answered. They never travel."""

    __tablename__ = "feedback_words"
    feedback_id: UUID = Field(primary_key=True)
    contact_ref: str | None
    words: str | None
    public_words: str | None
    reply: str | None
    replied_at: datetime | None = Field(sa_type=MOMENT)


class AssessmentRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """What was made of the results of a time, and by whom."""

    __tablename__ = "assessment"
    assessment_id: str = Field(primary_key=True)
    since: date = Field(sa_type=Date)
    until: date = Field(sa_type=Date)
    agency: str | None
    by: str
    at: datetime = Field(sa_type=MOMENT)
    findings: str
    changes: str


class SharedResults(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """What an agency was told of the results of a time, as they were then."""

    __tablename__ = "shared_results"
    agency: str = Field(primary_key=True)
    since: date = Field(primary_key=True, sa_type=Date)
    until: date = Field(primary_key=True, sa_type=Date)
    at: datetime = Field(sa_type=MOMENT)
    role: str
    figures: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
