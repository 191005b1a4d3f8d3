"""What sla answers over HTTP."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel


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

    `due_at` is the target as first given; `deadline_at` moves with pauses; `on_time` is null while the request is open.
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
    """Closed requests of a service and agency against their targets and forecasts, in counts."""

    service_code: str
    agency: str | None
    closed: int
    with_target: int
    on_time: int
    on_time_without_waiting: int
    with_forecast: int
    within_forecast: int
