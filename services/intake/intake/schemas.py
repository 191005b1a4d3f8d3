"""What comes and goes over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.event import Texts, Utc
from contracts.frontends import Answer, Place, Reporter
from contracts.vocabulary import Channel, Clock, Operator, Status

Words = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Somebody's words; the character NUL cannot be kept."""


class Body(BaseModel):
    """A body; a field it does not know is an error, so that a typing slip cannot hide."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NewRequest(Body):
    """A report of a problem, or a wish for a service."""

    service_code: str = Field(max_length=40, description="A code of GET /services.")
    description: Words = Field("", max_length=4000, description="In the reporter's own words; shown masked.")
    place: Place = Place()
    attributes: dict[str, Answer] = Field({}, description="Answers to the service's questions, by their code.")
    reporter: Reporter | None = Field(None, description="Who reports; leave out to stay anonymous.")
    channel: Channel = Channel.WEB
    operator: Operator = Operator.CITY_311
    external_id: str | None = Field(None, max_length=100, description="The number another system knows it by.")
    requested_at: Utc | None = Field(None, description="When it was reported; imported history only.")
    clock: Clock = Clock.WALL


class NewRequestLine(NewRequest):
    """One line of a bulk post; `key` makes this line safe to repeat."""

    key: Words | None = Field(None, min_length=1, max_length=200)


class Created(Body):
    """A report was taken: its number, and when it will be done."""

    request_id: UUID
    tracking_number: str
    service_code: str
    status: Status
    forecast: Texts
    status_url: str
    contact_ref: str | None = None
    manage_link: str | None = Field(None, description="For the reporter alone: writing, cancelling, disputing.")
    emergency: Texts | None = Field(None, description="Life-safety words were found: whom to call at once.")
    notices: list[str] = []


class BulkLine(Body):
    """What became of one line."""

    line: int = Field(ge=1)
    status: int
    request_id: UUID | None = None
    tracking_number: str | None = None
    external_id: str | None = None
    detail: str | None = None
    errors: list[dict[str, str]] = []


class BulkAnswer(Body):
    """What became of every line; the good ones are taken whatever the others are."""

    accepted: int
    refused: int
    results: list[BulkLine]


class PublicRequest(BaseModel):
    """A request as everybody may see it."""

    request_id: UUID
    tracking_number: str
    service_code: str
    service_name: Texts
    status: Status
    substatus: str
    substatus_name: Texts | None = None
    description: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    area: dict[str, str] = {}
    place_verified: bool = False
    attributes: dict[str, Answer] = {}
    channel: Channel
    opened_at: datetime
    updated_at: datetime
    agencies: list[str] = []
    due_at: datetime | None = None
    expected_at: datetime | None = None
    earliest_at: datetime | None = None
    latest_at: datetime | None = None
    forecast: Texts | None = None
    basis: dict[str, Any] | None = None
    closure_id: UUID | None = None
    closed_at: datetime | None = None
    disposition: str | None = None
    disposition_name: Texts | None = None
    explanation: Texts | None = None
    evidence: list[dict[str, str]] = []
    reopen_count: int
    external_ids: list[str] = []
    timeline: list[dict[str, Any]] = []


class PublicList(BaseModel):
    """A page of requests, newest first."""

    requests: list[PublicRequest]
    next: str | None = Field(None, description="The cursor of the following page.")


class DisputeBody(Body):
    """Why the closing is wrong. `closure_id` is the one of the public view; left out, the current one is meant."""

    closure_id: UUID | None = None
    comment: Words | None = Field(None, max_length=4000)


class CancelBody(Body):
    """When it was withdrawn; imported history only."""

    at: Utc | None = None


class MessageBody(Body):
    """A message to those who work on the request."""

    text: Words = Field(min_length=1, max_length=4000)


class DecideBody(Body):
    """A supervisor's decision; the reason is told to the resident."""

    reopen: bool
    reason: Words = Field(min_length=3, max_length=2000)


DisputeState = Literal["pending", "reopened", "declined"]


class LinkParts(BaseModel):
    """The parts of a signed link."""

    contact: str | None = Field(None, max_length=64, description="The link's contact.")
    token: str | None = Field(None, max_length=64, description="The link's token.")
