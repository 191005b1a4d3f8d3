"""What notify answers over HTTP."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.vocabulary import DeliveryChannel, DeliveryOutcome, Moment


class Delivery(BaseModel):
    """One intended message; whom it reaches is a reference, never an address."""

    intent_id: UUID
    moment: Moment
    channel: DeliveryChannel | None = Field(description="Null while the contact's profile is not known.")
    contact_ref: str
    at: datetime = Field(description="When the news happened.")
    attempts: int
    outcome: DeliveryOutcome | None = Field(description="Null while it is still to be delivered.")
    settled_at: datetime | None
    next_attempt_at: datetime | None = Field(description="Null once settled.")
    detail: str | None = Field(description="The provider's words, without addresses.")


class Preview(BaseModel):
    """A notice as a resident would read it, about an invented request."""

    moment: Moment
    language: str
    subject: str
    text: str
