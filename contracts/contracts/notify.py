"""What notify publishes: how each intended message ended."""

from typing import ClassVar

from pydantic import Field

from contracts.event import RequestEvent
from contracts.vocabulary import DeliveryChannel, DeliveryOutcome, Moment


class NotificationSettled(RequestEvent):
    """The final outcome of one intended message; one intent per (request, transition, contact, channel)."""

    TYPE: ClassVar[str] = "notification.settled"
    intent_id: str
    moment: Moment
    contact_ref: str
    channel: DeliveryChannel
    outcome: DeliveryOutcome
    attempts: int = Field(ge=0)
    transition: str = Field("", description="The change that was told, by its own name; empty in older events.")
    detail: str | None = Field(None, description="The provider's words, without addresses.")
