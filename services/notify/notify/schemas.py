"""What notify answers over HTTP."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.vocabulary import DeliveryChannel, DeliveryOutcome, Moment
from notify.domain.returns import Kind
from notify.domain.undelivered import MOST_AT_ONCE, Reason


class Delivery(BaseModel):
    """One intended message; whom it reaches is a reference, never an address."""

    intent_id: UUID
    request_id: UUID
    moment: Moment
    channel: DeliveryChannel | None = Field(description="Null while the contact's profile is not known.")
    contact_ref: str
    at: datetime = Field(description="When the news happened.")
    attempts: int
    outcome: DeliveryOutcome | None = Field(description="Null while it is still to be delivered.")
    settled_at: datetime | None
    next_attempt_at: datetime | None = Field(description="Null once settled.")
    detail: str | None = Field(description="The provider's words, without addresses.")
    made_at: datetime = Field(description="When the message was intended.")
    returned: Kind | None = Field(description="What came back of it later: a bounce, or a complaint.")


class UndeliveredMessage(BaseModel):
    """A message that was given up; whom it was for is a reference, never an address."""

    intent_id: UUID
    request_id: UUID
    contact_ref: str
    channel: DeliveryChannel
    moment: Moment
    at: datetime = Field(description="When the news happened.")
    attempts: int
    reason: Reason = Field(description="Refused for good, or tried until it was old news.")
    detail: str | None = Field(description="The provider's last words, without addresses.")
    parked_at: datetime


class RedriveBody(BaseModel):
    """Messages to be sent again, and why."""

    model_config = ConfigDict(extra="forbid")
    intent_ids: list[UUID] = Field(min_length=1, max_length=MOST_AT_ONCE)
    because: str = Field(min_length=3, max_length=500, description="Noted with who asked for it.")


class Redriven(BaseModel):
    """What became of each: sent again, without any way to its reader, or not waiting (any more)."""

    redriven: list[UUID]
    unreachable: list[UUID]
    not_waiting: list[UUID]


class WaitingLetter(BaseModel):
    """A letter for the print room; what stands on it is in the batch's PDF alone."""

    intent_id: UUID
    request_id: UUID
    made_at: datetime
    batch_id: UUID | None = Field(description="The batch that holds it now.")


class LetterName(BaseModel):
    """One letter of a batch."""

    intent_id: UUID
    request_id: UUID


class TakenBatch(BaseModel):
    """Letters taken together, in the order of the PDF's pages."""

    batch_id: UUID
    held_until: datetime = Field(description="What is not said to be posted by then is given to the next batch.")
    letters: list[LetterName]


class PostedBody(BaseModel):
    """What became of a batch."""

    model_config = ConfigDict(extra="forbid")
    spoilt: list[UUID] = Field([], max_length=500, description="Letters that were not posted; they are printed again.")


class FinishedBatch(BaseModel):
    """What became of a batch."""

    batch_id: UUID
    letters: int
    posted: int


class AskedDeliveries(BaseModel):
    """Which messages are asked for; what is left out is not asked by."""

    request_id: UUID | None = None
    contact: str | None = Field(None, max_length=200, description="Whom it is for, by reference.")
    channel: DeliveryChannel | None = None
    state: Literal["open", "delivered", "failed", "suppressed", "expired"] | None = None
    since: AwareDatetime | None = Field(None, description="Intended from then on,")
    until: AwareDatetime | None = Field(None, description="and before then.")
    cursor: str | None = Field(None, max_length=200, description="The next page's, from the `Link` header.")
    order: Literal["oldest", "newest"] = Field("oldest", description="Which come first.")
    limit: int = Field(100, ge=1, le=500)


class Preview(BaseModel):
    """A notice as a resident would read it, about an invented request."""

    moment: Moment
    language: str
    subject: str
    text: str
