"""When and how often people are told, by which voice, and the offices that are told beside them."""

from typing import Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Code, LocalizedText, Slug
from contracts.vocabulary import DeliveryChannel, Frequency, Moment

HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"
"""An hour of a day."""


_ADDRESS = {"email": "email", "sms": "phone", "voice": "phone", "webhook": "webhook_url", "letter": "postal_address"}
"""Channels that lead to an office, and where each of them does."""


class QuietHours(CityModel):
    """Hours of the city's day in which these channels are held back for everybody."""

    start: str = Field(pattern=HOUR)
    end: str = Field(pattern=HOUR)
    channels: tuple[DeliveryChannel, ...]


class Digest(CityModel):
    """What stands around a day's news in one message."""

    at: str = Field(pattern=HOUR, description="from this hour of the city's day on, spread over one hour")
    subject: LocalizedText = Field(description="names {{ count }}")
    introduction: LocalizedText


class Telling(CityModel):
    """When and how often people are told, and how much may be spent on one of them."""

    milestones: tuple[Moment, ...] = Field(min_length=1, description="what people hear who want milestones alone")
    urgent: tuple[Moment, ...] = Field(default=(), description="told at once, also at people's own quiet hours")
    crowd: int = Field(default=50, ge=1, description="more people than this hear milestones alone, but the requester")
    digest: Digest
    quiet: QuietHours | None = None
    text_parts_a_day: int = Field(default=12, ge=1, description="parts of text messages to one contact in 24 hours")
    voices: dict[str, str] = Field(description="the provider's name of the voice that reads a language")
    because: dict[str, LocalizedText] = Field(
        default={}, description="why work waits or a promise moved, in words, by the code of the reason"
    )
    unsubscribe: LocalizedText = Field(description="said below each mail, before the address that ends them")


class Office(CityModel):
    """Those beside residents who are told: an agency's own people, or the office of an area.

    An agency's office hears what its escalation chain is told for one of the `roles`; an area's office hears the
    `moments` of requests that lie in it.
    """

    slug: Slug
    name: LocalizedText
    channels: tuple[DeliveryChannel, ...] = Field(
        (DeliveryChannel.EMAIL,), min_length=1, description="told by each of them, else by the next that is in service"
    )
    email: str | None = Field(
        None, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"
    )
    phone: str | None = Field(None, pattern=r"^\+[1-9]\d{6,14}$", description="for texts and calls, as dialled abroad")
    webhook_url: str | None = Field(None, pattern=r"^https?://", max_length=500)
    postal_address: str | None = Field(None, max_length=500, description="where letters go, as on an envelope")
    language: str
    agency: Slug | None = None
    roles: tuple[Slug, ...] = ()
    area_kind: Code | None = None
    area_id: str | None = None
    moments: tuple[Moment, ...] = ()
    frequency: Frequency = Frequency.EVERY

    @model_validator(mode="after")
    def _is_reached(self) -> Self:
        for channel in self.channels:
            part = _ADDRESS.get(channel)
            if part is None or getattr(self, part) is None:
                ways = ", ".join(sorted(_ADDRESS))
                raise ValueError(f"has no address for {channel}; give {part or f'one of {ways} instead'}")
        return self

    @model_validator(mode="after")
    def _one_reason(self) -> Self:
        if (self.agency is None) == (self.area_kind is None):
            raise ValueError("needs either agency with roles, or area_kind with area_id and moments")
        if (self.agency and not self.roles) or (self.area_kind and not (self.area_id and self.moments)):
            raise ValueError("does not say what it is told; add roles to an agency, area_id and moments to an area")
        return self
