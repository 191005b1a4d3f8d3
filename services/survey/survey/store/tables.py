"""What survey keeps: who was asked about which closing, what they answered, and their comments, which never travel."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.tables import new_base

Base = new_base()
METADATA = Base.metadata
MOMENT: Final = DateTime(timezone=True)
Row = Mapping[str, Any]


class InvitationRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """One person asked about one closing. `about` holds the request's facts, for the events that follow."""

    __tablename__ = "invitation"
    __table_args__ = (
        Index("invitations_of_closing", "closure_id"),
        Index("invitations_of_request", "request_id"),
        Index("invitations_of_contact", "contact_ref"),
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


class ForgottenRow(Base, table=True):  # type: ignore[call-arg, misc, valid-type]
    """Somebody who asked to be forgotten, by a reference that leads nowhere any more: they are asked nothing again."""

    __tablename__ = "forgotten"
    contact_ref: str = Field(primary_key=True)
    forgotten_at: datetime = Field(sa_type=MOMENT)
