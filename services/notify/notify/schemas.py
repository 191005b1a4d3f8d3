"""What notify answers over HTTP."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.event import Texts, Utc
from contracts.notify import CampaignState, CampaignWay
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


class CampaignBody(BaseModel):
    """A campaign as staff announce it, in every language of the city."""

    model_config = ConfigDict(extra="forbid")
    title: Texts = Field(description="At most 120 characters, by language.")
    text: Texts = Field(description="Plain text of at most 600 characters, by language.")
    services: list[str] = Field([], max_length=100, description="What it is about; none is everything.")
    areas: dict[str, list[str]] = Field({}, description="Where it is for, by kind of area; none is the whole city.")
    ways: list[CampaignWay] = Field(min_length=1, max_length=3)
    article: str | None = Field(None, pattern=r"^[a-z0-9][a-z0-9-]{0,99}$", description="An article of kb to read on.")
    link: str | None = Field(
        None, pattern=r"^https?://[^\s\"<>]+$", max_length=300, description="Where people read more."
    )
    starts_at: Utc
    ends_at: Utc


class EndBody(BaseModel):
    """Why a campaign ends before its time."""

    model_config = ConfigDict(extra="forbid")
    because: str = Field(min_length=3, max_length=500, description="Noted with who ended it.")


class CampaignLine(CampaignBody):
    """A campaign as it stands."""

    code: str
    version: int
    state: CampaignState


class AskedBanners(BaseModel):
    """For whom banners are asked for; what is not known excludes none."""

    language: str = "en"
    service: str | None = Field(None, max_length=100)
    area: list[str] = Field([], max_length=20, description="`kind:id`, as in `council_district:9`; may be repeated.")


class BannerLine(BaseModel):
    """A banner: plain text, which whoever shows it escapes."""

    code: str
    title: str
    text: str
    article: str | None
    link: str | None
    ends_at: datetime


class ChannelChange(BaseModel):
    """Requests by one channel; null where too few to be told."""

    channel: str
    before: int | None
    since: int | None


class RequestsChange(BaseModel):
    """Requests before and since; null where too few to be told, or nothing to divide by."""

    before: int | None
    since: int | None
    before_per_day: float | None
    since_per_day: float | None
    ratio: float | None = Field(description="Since, divided by before.")
    self_service_before: float | None = Field(description="The share that came without somebody's help.")
    self_service_since: float | None
    channels: list[ChannelChange]


class CampaignEffect(BaseModel):
    """What came after a campaign: a comparison, and no proof."""

    code: str
    state: CampaignState
    days: int = Field(description="As many before as since; whole weeks once there is one.")
    before_from: datetime
    since_from: datetime
    since_until: datetime
    told: dict[str, int | None] = Field(description="Its messages by how they ended; `left`: who ended such messages.")
    here: RequestsChange = Field(description="Of its services, in its areas.")
    elsewhere: RequestsChange | None = Field(description="The same services elsewhere, or other services; else null.")
    difference: float | None = Field(description="The ratio here less that elsewhere.")
    note: str
