"""What notify publishes: how each intended message ended, and what the city's campaigns say."""

from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from contracts.event import Event, RequestEvent, Texts, Utc
from contracts.vocabulary import DeliveryChannel, DeliveryOutcome, Moment


class NotificationSettled(RequestEvent):
    """The final outcome of one intended message; one intent per (request, transition, contact, channel).

    A message of a campaign (`moment` is `campaign`) is about no request: its `request_id` names a share of the
    campaign's readers, and its tracking number is the campaign's code.
    """

    TYPE: ClassVar[str] = "notification.settled"
    intent_id: str
    moment: Moment
    contact_ref: str
    channel: DeliveryChannel
    outcome: DeliveryOutcome
    attempts: int = Field(ge=0)
    transition: str = Field("", description="The change that was told, by its own name; empty in older events.")
    detail: str | None = Field(None, description="The provider's words, without addresses.")


class CampaignWay(StrEnum):
    """How a campaign reaches people; of an event that was held it is only noted that it was."""

    BANNER = "banner"
    MESSAGES = "messages"
    EVENT = "event"


class CampaignState(StrEnum):
    """Whether a campaign stands as it was announced, or was ended before its time."""

    ANNOUNCED = "announced"
    ENDED = "ended"


class CampaignChanged(Event):
    """A campaign of the city was announced, changed before it began, or ended: each time the whole of it."""

    TYPE: ClassVar[str] = "campaign.changed"
    code: str
    version: int = Field(1, ge=1, description="Counts its changes; the highest is what is so now.")
    state: CampaignState = CampaignState.ANNOUNCED
    title: Texts
    text: Texts = Field(description="Plain text by language; whoever shows it escapes it.")
    services: tuple[str, ...] = Field((), description="What it is about, by the catalog's codes; none is everything.")
    areas: dict[str, tuple[str, ...]] = Field({}, description="Where it is for, by kind of area; none is the city.")
    ways: tuple[CampaignWay, ...]
    article: str | None = Field(None, description="The article of kb that tells more.")
    link: str | None = Field(None, description="Where people read more, or do what it asks for.")
    starts_at: Utc
    ends_at: Utc = Field(description="When it ends; of one that was ended, when that was.")

    @property
    def key(self) -> str:
        """The campaign's code."""
        return self.code
