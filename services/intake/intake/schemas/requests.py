"""Bodies of reporting, following and disputing a request."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from contracts.event import Texts, Utc
from contracts.frontends import Answer, Place
from contracts.vocabulary import Channel, Clock, Operator, PlaceMethod, Setting, Status
from intake.schemas.told import ToldPlace, ToldReporter, has_nul

Words = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Somebody's words; the character NUL cannot be kept."""


class Body(BaseModel):
    """A body; a field it does not know is an error, so that a typing slip cannot hide."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class KeptBody(Body):
    """What is kept as it came, before anything is known of it."""

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        if has_nul(self.model_dump()):
            raise ValueError("leave out NUL characters")
        return self


class NewRequest(Body):
    """A report of a problem, or a wish for a service."""

    service_code: str = Field(max_length=40, description="A code of GET /services.")
    description: Words = Field("", max_length=4000, description="In the reporter's own words; shown masked.")
    place: ToldPlace = Place()
    attributes: dict[str, Answer] = Field({}, description="Answers to the service's questions, by their code.")
    reporter: ToldReporter | None = Field(None, description="Who reports; leave out to stay anonymous.")
    photos: tuple[Words, ...] = Field((), max_length=10, description="Claims of POST /photos, or addresses to fetch.")
    channel: Channel = Channel.WEB
    operator: Operator = Operator.CITY_311
    external_id: str | None = Field(None, max_length=100, description="The number another system knows it by.")
    requested_at: Utc | None = Field(None, description="When it was reported; imported history only.")
    clock: Clock = Clock.WALL
    follows: Words | None = Field(None, max_length=100, description="Number of the request it is the same as.")
    differs_from: tuple[Words, ...] = Field((), max_length=5, description="Numbers it is not the same as.")


class NewRequestLine(NewRequest):
    """One line of a bulk post; `key` makes this line safe to repeat. Lines are not compared with what is near them."""

    in_bulk: ClassVar[bool] = True
    key: Words | None = Field(None, min_length=1, max_length=200)


class Office(Body):
    """Another office that may be the right one."""

    slug: str
    name: Texts
    phone: str | None = None
    reasons: Texts


class Elsewhere(Body):
    """Where to go with a place outside the city."""

    text: Texts
    transfers: list[Office] = []


class PossibleDuplicate(BaseModel):
    """A request that a report may be the same as."""

    request_id: UUID
    tracking_number: str
    service_code: str
    status: Status = Field(description="`closed`: it may have come back; there is nothing to follow.")
    substatus: str
    address: str | None = None
    opened_at: datetime
    closed_at: datetime | None = None
    metres: float = Field(ge=0, description="How far away.")
    score: float = Field(ge=0, le=1, description="How alike.")
    status_url: str


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
    social_services: Texts | None = Field(None, description="Words of need were found: whom to call for help.")
    notices: list[str] = Field([], description="`place_outside_city`, `place_unverified`.")
    elsewhere: Elsewhere | None = Field(None, description="The place lies outside the city: where to go with it.")
    possible_duplicates: list[PossibleDuplicate] = Field([], description="What it may be the same as: follow, or not.")
    parent_request_id: UUID | None = Field(None, description="The request it follows.")
    recurrence_of: UUID | None = Field(None, description="A closed request that it seems to be again.")


class BulkLine(Body):
    """What became of one line."""

    line: int = Field(ge=1)
    status: int
    request_id: UUID | None = None
    tracking_number: str | None = None
    external_id: str | None = None
    forecast: Texts | None = Field(None, description="When it will be done.")
    emergency: Texts | None = None
    social_services: Texts | None = None
    elsewhere: Elsewhere | None = None
    detail: str | None = None
    errors: list[dict[str, str]] = []


class BulkAnswer(Body):
    """What became of every line; the good ones are taken whatever the others are."""

    accepted: int
    refused: int
    results: list[BulkLine]


class ShownPhoto(BaseModel):
    """A photo of a request: where it is, and its size in pixels."""

    photo_id: str
    url: str
    thumbnail_url: str
    width: int
    height: int


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
    photos: list[ShownPhoto] = []
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    area: dict[str, str] = {}
    place_verified: bool = False
    place_method: PlaceMethod | None = None
    asset_id: str | None = None
    setting: Setting | None = None
    attributes: dict[str, Answer] = {}
    channel: Channel
    opened_at: datetime
    updated_at: datetime
    agencies: list[str] = []
    due_at: datetime | None = Field(None, description="The agency's target, as it was first given.")
    deadline_at: datetime | None = Field(
        None, description="When the work is due now: the target, later by what the request waited for listed reasons."
    )
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
    visible_from: datetime | None = Field(None, description="When what was promised is there to see, if later.")
    reopen_count: int
    parent_request_id: UUID | None = None
    parent_number: str | None = None
    recurrence_of: UUID | None = None
    external_ids: list[str] = []
    started_at: datetime | None = None
    ended_at: datetime | None = None
    segments: list[dict[str, Any]] = Field([], description="Who had it, where it stood, from when until when.")
    durations: dict[str, Any] = Field({}, description="Seconds in all, by agency and by substatus.")
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
