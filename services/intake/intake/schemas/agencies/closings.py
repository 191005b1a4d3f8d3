"""Bodies about closings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.event import Texts
from intake.schemas.requests import Body, Words


class ConfirmBody(Body):
    """A second person's decision about a group of held closings."""

    group: Words = Field(max_length=80, description="From GET /closings/held.")
    confirm: bool
    reason: Words = Field(min_length=3, max_length=2000, description="Told to the agency when they are refused.")


class VerifyBody(Body):
    """What somebody found who looked at finished work."""

    done: bool
    reason: Words = Field("", max_length=2000, description="Needed when it is not done: the crew reads it.")
    assignment_id: UUID | None = Field(None, description="Whose work, where several agencies finished theirs.")


class HeldGroup(BaseModel):
    """Held closings that are alike."""

    group: str
    agency: str
    count: int
    since: datetime
    doors: list[str]
    said_by: list[str]
    disposition: str
    explanation: Texts
    evidence: list[dict[str, str]]
    requests: list[UUID] = Field(description="The first twenty.")


class HeldClosings(BaseModel):
    """What waits for a second person, the longest waiting first."""

    held: list[HeldGroup]


class Rate(BaseModel):
    """How many closings were opened again."""

    closed: int
    reopened: int
    rate: float | None


class RateLine(Rate):
    """The rate of one agency and service."""

    agency: str
    agency_name: Texts
    service_code: str
    service_name: Texts


class Rates(BaseModel):
    """Closings opened again, of those closed in a time."""

    since: datetime
    until: datetime
    rates: list[RateLine]
    agencies: list[dict[str, Any]]
    services: list[dict[str, Any]]


class RefusalCount(BaseModel):
    """How often one agency broke one rule."""

    agency: str
    rule: str
    count: int
    latest: datetime


class Refusals(BaseModel):
    """Updates refused in a time."""

    since: datetime
    until: datetime
    refusals: list[RefusalCount]


class ClosingException(BaseModel):
    """A closing to look at, and why: `not_done`, `disputed`, `reopened`."""

    closure_id: UUID
    request_id: UUID
    tracking_number: str
    service_code: str
    agencies: list[str]
    disposition: str
    why: list[str]
    closed_by: str
    door: str | None
    confirmed_by: str | None
    closed_at: datetime
    reopened_at: datetime | None
    dispute: str | None
    reopen_count: int
    explanation: Texts | None = None
    evidence: list[dict[str, str]] | None = None


class ClosingExceptions(BaseModel):
    """A page of closings to look at, newest first."""

    exceptions: list[ClosingException]
    next: str | None = Field(None, description="The cursor of the following page.")
