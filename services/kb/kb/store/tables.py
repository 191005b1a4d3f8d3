"""The tables of kb."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.tables import new_base

if TYPE_CHECKING:  # a base made at run time means nothing to a type checker
    from sqlmodel import SQLModel as Base
else:
    Base = new_base()

METADATA = Base.metadata
_MOMENT: Final = DateTime(timezone=True)


class Published(Base, table=True):
    """One published version of an article; written once, never changed. `content` is the article as JSON."""

    __tablename__ = "published"
    article_id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    digest: str
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    published_at: datetime = Field(sa_type=_MOMENT)


class Standing(Base, table=True):
    """Where an article stands now: its last version, whose it is, and whether it is shown.

    `folder_digest` is what the city's folder said last; `changed` grows with every change, in the order of commits.
    """

    __tablename__ = "standing"
    __table_args__ = (Index("standing_changed", "changed"),)
    article_id: str = Field(primary_key=True)
    version: int
    state: str
    agency: str
    owner: str | None = None
    folder_digest: str | None = None
    changed: int = Field(sa_column=Column(BigInteger, nullable=False))


class Draft(Base, table=True):
    """The one open draft of an article."""

    __tablename__ = "draft"
    article_id: str = Field(primary_key=True)
    state: str
    content: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    base_version: int
    writer: str
    saved_at: datetime = Field(sa_type=_MOMENT)


class Step(Base, table=True):
    """Who did what to an article, and when."""

    __tablename__ = "step"
    step_id: str = Field(primary_key=True)
    article_id: str = Field(index=True)
    at: datetime = Field(sa_type=_MOMENT)
    action: str
    by_role: str
    by_subject: str
    by_agency: str | None = None
    version: int
    note: str


class Flag(Base, table=True):
    """A procedure or policy behind an article that needs a second look, followed to its end."""

    __tablename__ = "flag"
    flag_id: str = Field(primary_key=True)
    article_id: str = Field(index=True)
    agency: str
    text: str
    state: str
    raised_by: str
    raised_at: datetime = Field(sa_type=_MOMENT)
    resolution: str
    settled_by: str | None = None
    settled_at: datetime | None = Field(default=None, sa_type=_MOMENT)


class Task(Base, table=True):
    """Something for editors to do: a question nobody answers, an article to read again."""

    __tablename__ = "task"
    __table_args__ = (Index("task_open", "state", "kind"),)
    task_id: str = Field(primary_key=True)
    kind: str
    subject: str
    language: str
    agency: str | None = None
    asked: int
    first_at: datetime = Field(sa_type=_MOMENT)
    last_at: datetime = Field(sa_type=_MOMENT)
    state: str
    settled_by: str | None = None
    note: str


class Missed(Base, table=True):
    """A word that searches in vain held: by a keyed digest alone, until enough people have typed it."""

    __tablename__ = "missed"
    digest: str = Field(primary_key=True)
    language: str
    n: int
    word: str | None = None
    last_on: date


class Count(Base, table=True):
    """How often something happened on a day."""

    __tablename__ = "count"
    measure: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    day: date = Field(primary_key=True)
    n: int = Field(sa_column=Column(BigInteger, nullable=False))


class Shown(Base, table=True):
    """An article shown to somebody who may come back; forgotten after two days."""

    __tablename__ = "shown"
    __table_args__ = (Index("shown_to", "contact_ref"), Index("shown_at", "at"))
    contact_id: UUID = Field(primary_key=True)
    article_id: str
    contact_ref: str
    at: datetime = Field(sa_type=_MOMENT)
    filed: bool


class Filed(Base, table=True):
    """Somebody filed a request; forgotten after two days."""

    __tablename__ = "filed"
    __table_args__ = (Index("filed_by", "contact_ref"), Index("filed_at", "at"))
    request_id: UUID = Field(primary_key=True)
    contact_ref: str = Field(primary_key=True)
    service_code: str
    at: datetime = Field(sa_type=_MOMENT)


class Forgotten(Base, table=True):
    """Somebody asked to be forgotten: what is read of them late is not kept; forgotten itself after two days."""

    __tablename__ = "forgotten"
    __table_args__ = (Index("forgotten_at", "at"),)
    contact_ref: str = Field(primary_key=True)
    at: datetime = Field(sa_type=_MOMENT)


class Uncategorised(Base, table=True):
    """A request that fits no service: the stems of its masked words, to see which come together."""

    __tablename__ = "uncategorised"
    request_id: UUID = Field(primary_key=True)
    language: str
    stems: str
    opened_at: datetime = Field(sa_type=_MOMENT)


class Forecast(Base, table=True):
    """What sla says that a service takes, for the whole city."""

    __tablename__ = "forecast"
    service_code: str = Field(primary_key=True)
    version: int
    words: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    target_words: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    days_80: float | None = None


class SurgeStaff(Base, table=True):
    """Somebody who helps out for a time, with the scripts of a few topics alone."""

    __tablename__ = "surge_staff"
    subject: str = Field(primary_key=True)
    topics: str
    until: datetime = Field(sa_type=_MOMENT)
    named_by: str
