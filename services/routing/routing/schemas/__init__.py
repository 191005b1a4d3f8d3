"""Bodies of routing's HTTP interface."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from routing.domain.triage import Verdict
from routing.schemas.reading import SuggestedService


class Resolution(BaseModel, extra="forbid"):
    """A person's verdict: an agency (and queue), or the service it really asks for, by whose rules it then goes."""

    reason: str = Field(min_length=1, max_length=500, description="Why; kept with routing, never published.")
    agency: str | None = None
    queue: str | None = None
    service_code: str | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if not (self.agency or self.service_code):
            raise ValueError("Name an agency, or the service_code it really asks for.")
        return self

    def verdict(self, request_id: UUID) -> Verdict:
        """Turn the body into a verdict on one request."""
        return Verdict(request_id, self.reason, self.agency, self.queue, self.service_code)


class ResolutionLine(Resolution):
    """A verdict among many; `key` makes a repeat harmless."""

    request_id: UUID
    key: str | None = Field(None, max_length=200)


class Resolutions(BaseModel, extra="forbid"):
    """Up to 1,000 verdicts at once."""

    lines: list[ResolutionLine] = Field(min_length=1, max_length=1000)


class LineResult(BaseModel):
    """How one verdict went: its status, and its assignments or what is wrong with it."""

    request_id: UUID
    status: int
    assignments: list[dict[str, Any]] = []
    detail: str | None = None


class BulkResult(BaseModel):
    """How many verdicts were carried out, and how each went, in the order given."""

    resolved: int
    results: list[LineResult]


class AssignmentView(BaseModel):
    """One assignment with its reasons; `ended` says why it is over, null while the agency has it."""

    assignment_id: UUID
    sequence: int
    agency: str
    queue: str
    cause: str
    rule_id: str | None
    rule_version: int | None
    confidence: float
    runner_up: str | None
    reason: dict[str, str]
    replaces: UUID | None
    referred_from: str | None
    assigned_at: datetime
    ended: str | None
    ended_at: datetime | None


class Assignments(BaseModel):
    """Every assignment of a request, oldest first."""

    request_id: UUID
    assignments: list[AssignmentView]


class ClaimView(BaseModel):
    """Who looks at a request just now, and until when."""

    holder: str
    until: datetime


class Waiting(BaseModel):
    """A request that waits for a person to find its desk."""

    request_id: UUID
    tracking_number: str
    service_code: str
    since: datetime
    reason: str
    referred_from: str | None
    description: str
    place: dict[str, Any] | None
    attributes: dict[str, Any]
    suggestions: list[SuggestedService]
    elsewhere: list[dict[str, Any]] = Field([], description="Who outside 311 may be the right one, by their words.")
    claim: ClaimView | None


class TriageQueue(BaseModel):
    """The triage desk's queue, longest waiting first; `waiting` counts all, also beyond those listed."""

    waiting: int
    oldest: datetime | None
    requests: list[Waiting]
