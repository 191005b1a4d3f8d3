"""The tables of sla."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import Column, DateTime, Identity, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from chassis.tables import new_base

if TYPE_CHECKING:  # a base made at run time means nothing to a type checker
    from sqlmodel import SQLModel as Base
else:
    Base = new_base()

METADATA = Base.metadata
MOMENT: Final = DateTime(timezone=True)
_OPEN: Final = text("closed_at IS NULL AND NOT linked")


def _count() -> Any:
    return Field(default=0, sa_column_kwargs={"server_default": text("0")})


def _text() -> Any:
    return Field(default="", sa_column_kwargs={"server_default": text("''")})


def _words() -> Any:
    return Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'")))


class ClockRow(Base, table=True):
    """One request's clock; see `PromiseClock`.

    `open_clock` holds what is open and no more, so that the backlog is counted without looking at what was ever closed;
    `clock_opened` finds a month's requests and costs next to nothing to keep.
    """

    __tablename__ = "clock"
    __table_args__ = (
        Index("open_clock", "service_code", "area", "opened_at", postgresql_where=_OPEN),
        Index("clock_opened", "opened_at", postgresql_using="brin"),
        {"postgresql_with": {"fillfactor": "70"}},
    )
    request_id: UUID = Field(primary_key=True)
    service_code: str
    opened_at: datetime = Field(sa_type=MOMENT)
    event_clock: bool
    due_at: datetime | None = Field(sa_type=MOMENT)
    at_risk_at: datetime | None = Field(sa_type=MOMENT)
    deadline_at: datetime | None = Field(sa_type=MOMENT)
    expected_at: datetime | None = Field(sa_type=MOMENT)
    revision: int = _count()
    agency: str = _text()
    assigned_seq: int = _count()
    updated_seq: int = _count()
    paused_at: datetime | None = Field(sa_type=MOMENT)
    stage: int = _count()
    closed_at: datetime | None = Field(sa_type=MOMENT)
    counted: int | None
    at_risk_told: int = _count()
    breach_told: int = _count()
    escalations: int = _count()
    linked: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    area: str = _text()
    assigned_at: datetime | None = Field(sa_type=MOMENT)
    waited: int = _count()
    responded_at: datetime | None = Field(sa_type=MOMENT)
    respond_by: datetime | None = Field(sa_type=MOMENT)
    chain_seq: int = _count()
    chain_at: datetime | None = Field(sa_type=MOMENT)
    breached: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    pause_reason: str = _text()


class ClosingCount(Base, table=True):
    """How many requests of a service, opened in a month, took so many minutes."""

    __tablename__ = "closing_count"
    service_code: str = Field(primary_key=True)
    cohort: date = Field(primary_key=True)
    minutes: int = Field(primary_key=True)
    requests: int


class ClosingAge(Base, table=True):
    """How many requests of a service, opened in a month and an area, were closed at an age; see `age_class`."""

    __tablename__ = "closing_age"
    service_code: str = Field(primary_key=True)
    area: str = Field(primary_key=True)
    cohort: date = Field(primary_key=True)
    age_class: int = Field(primary_key=True, sa_type=SmallInteger)
    requests: int


class ForecastRow(Base, table=True):
    """A service's forecast: what history shows, and what was last published of it (version 0: nothing yet)."""

    __tablename__ = "forecast"
    service_code: str = Field(primary_key=True)
    version: int = _count()
    closed: int = _count()
    counted_at: int = _count()
    sample_size: int = _count()
    days_10: float | None
    days_50: float | None
    days_80: float | None
    days_90: float | None
    way: str = _text()
    ages: list[list[float]] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'[]'")))
    words: dict[str, str] = _words()
    target_words: dict[str, str] = _words()
    published_at: datetime | None = Field(sa_type=MOMENT)


class PublishedTarget(Base, table=True):
    """A target that a person has published, beside those of the city's folder; it holds from a day on.

    With an `agency` it is that agency's own, for as long as it alone does the work.
    """

    __tablename__ = "published_target"
    number: int | None = Field(default=None, sa_column=Column(Integer, Identity(), primary_key=True))
    service_code: str
    agency: str | None
    amount: float
    unit: str
    signed: bool
    set_by: str
    effective_from: date
    source: str
    approved_by: str = _text()
    published_at: datetime = Field(sa_type=MOMENT)


class TargetReview(Base, table=True):
    """What a review found: a shorter target that is kept already, for a person to publish or to dismiss."""

    __tablename__ = "target_review"
    service_code: str = Field(primary_key=True)
    reviewed_on: date = Field(primary_key=True)
    amount: float
    unit: str
    present: float
    days_80: float
    sample_size: int
    dismissed_at: datetime | None = Field(sa_type=MOMENT)
    dismissed_by: str = _text()
    reason: str = _text()


class AreaForecast(Base, table=True):
    """What history shows of one area, where it has shown enough to be told apart, and what was published of it.

    `apart` says whether what was published last is the area's own.
    """

    __tablename__ = "area_forecast"
    service_code: str = Field(primary_key=True)
    area: str = Field(primary_key=True)
    sample_size: int = _count()
    days_10: float | None
    days_50: float | None
    days_80: float | None
    days_90: float | None
    way: str = _text()
    version: int = _count()
    apart: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    words: dict[str, str] = _words()
