"""Bodies of drafts, amendments and appointments."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from contracts.event import Texts, Utc
from contracts.frontends import Answer
from contracts.vocabulary import AppointmentState, Channel, Operator
from intake.schemas.requests import Body, Elsewhere, KeptBody, Words
from intake.schemas.told import ToldPlace, ToldReporter


class DraftBody(KeptBody):
    """A report as far as it goes; what is left out stays as it was, null takes it away."""

    service_code: str | None = Field(None, max_length=40)
    description: Words | None = Field(None, max_length=4000)
    place: ToldPlace | None = None
    attributes: dict[str, Answer | None] | None = None
    reporter: ToldReporter | None = None
    photos: tuple[Words, ...] | None = Field(None, max_length=10)
    channel: Channel | None = None
    operator: Operator | None = None
    follows: str | None = Field(None, max_length=100)

    def told(self) -> dict[str, Any]:
        """Give what was really told, as JSON."""
        return self.model_dump(mode="json", exclude_unset=True)


class SubmitBody(Body):
    """Where a draft was finished, if elsewhere than it was begun."""

    channel: Channel | None = None
    operator: Operator | None = None


class AnotherBody(KeptBody):
    """What a further report shares with this one."""

    same_place: bool = True
    same_contact: bool = True
    service_code: str | None = Field(None, max_length=40)
    channel: Channel = Channel.WEB


class MissingField(BaseModel):
    """What a draft still needs before it can be taken."""

    field: str
    problem: str


class DraftStanding(BaseModel):
    """Where a draft stands. `reference` will be the tracking number; `token` opens it in any channel."""

    reference: str
    token: str
    ready: bool
    missing: list[MissingField]
    kept_until: datetime


class DraftShown(DraftStanding):
    """A draft with all that was told."""

    begun_in: Channel
    knows_contact: bool
    draft: dict[str, Any]


class AmendBody(KeptBody):
    """What is told anew; what is left out stays. An empty answer takes an answer away."""

    description: Words | None = Field(None, max_length=4000)
    place: ToldPlace | None = None
    attributes: dict[str, Answer] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.description is None and self.place is None and self.attributes is None:
            raise ValueError("send a description, a place or attributes")
        return self


class AmendedRequest(BaseModel):
    """A request was amended."""

    request_id: UUID
    notices: list[str] = []
    emergency: Texts | None = None
    social_services: Texts | None = None
    elsewhere: Elsewhere | None = None


class BookingBody(Body):
    """A step with an appointment; `starts_at` is that of a slot of GET /services/{code}/slots."""

    action: Literal["book", "move", "cancel"]
    starts_at: Utc | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if (self.starts_at is None) != (self.action == "cancel"):
            raise ValueError("send starts_at to book or to move, and only then")
        return self


class BookedAppointment(BaseModel):
    """An appointment as it stands."""

    appointment_id: UUID
    state: AppointmentState
    starts_at: datetime
    ends_at: datetime


class FreeSlot(BaseModel):
    """A slot and the places left in it."""

    starts_at: datetime
    ends_at: datetime
    left: int


class FreeSlots(BaseModel):
    """What may be booked of a service, the first slot first."""

    service_code: str
    slots: list[FreeSlot]
