"""What sla answers over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.city import FeedbackTerms, SurveyProtocol
from contracts.city.promises import Unit


class ShownBasis(BaseModel):
    """What a forecast rests on; `days_80` is in days, parts of a day kept."""

    method: str
    sample_size: int
    days_80: float | None
    source: str
    area: str


class ShownForecast(BaseModel):
    """What may be promised of a service, in numbers and in the words a resident hears."""

    service_code: str
    area: str
    version: int
    basis: ShownBasis
    earliest_days: float | None
    latest_days: float | None
    words: dict[str, str]
    target_words: dict[str, str]
    published_at: datetime | None


class ShownArea(BaseModel):
    """What history shows of one area: days within which 10, 50, 80 and 90 of 100 requests are closed."""

    area: str
    sample_size: int
    days_10: float | None
    days_50: float | None
    days_80: float
    days_90: float | None
    way: str


class ShownPromise(BaseModel):
    """One request's time: what was promised, what is expected, and how it ended.

    `due_at` is the target as first given; `deadline_at` moves with pauses, and while one lasts nothing is expected.
    `on_time` is null while the request is open.
    """

    request_id: UUID
    service_code: str
    agency: str | None
    opened_at: datetime
    due_at: datetime | None
    deadline_at: datetime | None
    expected_at: datetime | None
    revision: int
    paused_since: datetime | None
    pause_reason: str | None
    respond_by: datetime | None
    responded_at: datetime | None
    closed_at: datetime | None
    on_time: bool | None


class ShownTarget(BaseModel):
    """An agency's target for a service, who set it, when, and whether it was signed."""

    service_code: str
    agency: str | None
    amount: float
    unit: str
    signed: bool
    set_by: str
    basis: str
    effective_from: date
    source: str


class ShownPerformance(BaseModel):
    """Requests of a group against their targets and forecasts; `on_time_share` counts what is open and late as late.

    Days are elapsed ones: until half and 80 of 100 of those that were heard had a first response, to the first agency,
    of its work without waiting, and waiting for a listed reason. `unanswered_open` are open and had no response yet;
    `response_overdue` those that should have had one. `responded_on_time_share` counts what was due, come or not.
    """

    agency: str | None = None
    service: str | None = None
    area: str | None = None
    month: str | None = None
    opened: int
    closed: int
    with_target: int
    on_time: int
    on_time_without_waiting: int
    on_time_share: float | None
    overdue_open: int
    breaches: int
    with_forecast: int
    within_forecast: int
    within_forecast_share: float | None
    days_50: float | None
    days_80: float | None
    days_95: float | None
    responded: int
    unanswered_open: int
    with_response_target: int
    responded_on_time: int
    responded_on_time_share: float | None
    response_overdue: int
    days_to_response_50: float | None
    days_to_response_80: float | None
    days_to_agency: float | None
    days_of_work: float | None
    days_waiting: float | None
    reopened: int
    reopened_share: float | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "ShownPerformance":
        """Show a row with its shares."""
        return cls(
            **row,
            responded_on_time_share=_share(row["responded_on_time"], row["with_response_target"]),
            on_time_share=_share(row["on_time"], row["with_target"]),
            within_forecast_share=_share(row["within_forecast"], row["with_forecast"]),
            reopened_share=_share(row["reopened"], row["opened"]),
        )


class ShownAgreement(BaseModel):
    """One version of an agreement; without services it is about all of the agency's."""

    agency: str
    version: int
    services: tuple[str, ...]
    signed: bool
    signed_by: str | None
    signed_on: date | None
    effective_from: date
    effective_until: date | None
    survey: SurveyProtocol
    feedback: FeedbackTerms
    calendar: str | None
    set_by: str
    source: str


class ShownCoverage(BaseModel):
    """How much is done without a signed agreement: agencies, services whose target nobody signed, and requests."""

    agencies: int
    unsigned_agencies: list[str]
    unsigned_services: list[str]
    requests: int
    unsigned_requests: int
    unsigned_share: float | None
    unsigned_by_agency: dict[str, int]


class ShownReview(BaseModel):
    """A shorter target that 80 of 100 requests keep already, and why a person has dismissed it, if one has."""

    service_code: str
    reviewed_on: date
    amount: float
    unit: str
    present: float
    days_80: float
    sample_size: int
    dismissed_at: datetime | None
    dismissed_by: str
    reason: str


class DismissalBody(BaseModel, extra="forbid"):
    """Why a proposal is not followed."""

    reason: str = Field(min_length=1, max_length=500)


class NewTargetBody(BaseModel, extra="forbid"):
    """A target to publish; `set_by` and `approved_by` name offices, never people; an `agency` where it is its own."""

    amount: float = Field(gt=0, le=10_000)
    unit: Unit
    effective_from: date
    agency: str | None = Field(None, max_length=100)
    signed: bool = False
    set_by: str = Field(min_length=1, max_length=200)
    source: str = Field(min_length=1, max_length=200)
    approved_by: str = Field("", max_length=200)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
