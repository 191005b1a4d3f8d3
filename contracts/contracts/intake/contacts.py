"""Contacts that were had, and how to reach people."""

from enum import StrEnum
from typing import Annotated, ClassVar, Final, TypeAlias
from uuid import UUID

from pydantic import Field

from contracts.event import Event, Utc, Value
from contracts.vocabulary import Channel, ContactKind, DeliveryChannel, Direction, Frequency, Operator

_HOUR: Final = r"^([01]\d|2[0-3]):[0-5]\d$"

Seconds: TypeAlias = Annotated[float, Field(ge=0, le=86_400)]
"""A span of a contact, in seconds."""


class ContactRecorded(Event):
    """A contact was had: counted, whether or not it made a request."""

    TYPE: ClassVar[str] = "contact.recorded"
    contact_id: UUID
    kind: ContactKind
    channel: Channel
    operator: Operator = Operator.CITY_311
    language: str = "en"
    article_id: str | None = None
    article_version: int | None = None
    resolved: bool | None = None
    destination: str | None = Field(None, description="Where it was transferred or handed on to.")
    reason: str | None = None
    direction: Direction = Direction.INBOUND
    request_id: UUID | None = Field(None, description="The request it made or asked about.")
    contact_ref: str | None = Field(None, description="Who it was, where that is known; the vault alone knows more.")
    transferred_from: UUID | None = Field(None, description="The contact it goes on from: its context travels along.")
    wait_seconds: Seconds | None = Field(None, description="From the call's start until somebody answered.")
    callback_wait_seconds: Seconds | None = Field(None, description="From asking to be called back until the call.")
    transfer_hold_seconds: Seconds | None = Field(None, description="On hold after a transfer.")
    talk_seconds: Seconds | None = None
    wrap_up_seconds: Seconds | None = None

    @property
    def key(self) -> str:
        """The contact's id as text."""
        return str(self.contact_id)


class PushAddress(Value):
    """A browser's push subscription (RFC 8030, RFC 8291), as the browser gave it."""

    endpoint: str = Field(max_length=1000)
    p256dh: str = Field(max_length=200, description="The browser's public key, base64url.")
    auth: str = Field(max_length=100, description="The browser's secret, base64url.")


class Purpose(StrEnum):
    """What somebody may be told for."""

    REQUESTS = "requests"
    SURVEYS = "surveys"
    NOTICES = "notices"


class Consent(Value):
    """Whether somebody agreed to be told by a channel for a purpose; where, and when, they said so."""

    channel: DeliveryChannel
    purpose: Purpose
    given: bool
    source: str = Field(max_length=40, description="Where it was said: `account` or `report`.")
    at: Utc


class ContactProfile(Event):
    """How to reach a person. Personal; a tombstone erases it."""

    TYPE: ClassVar[str] = "contact.profile"
    contact_ref: str
    version: int = Field(1, ge=1)
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    webhook_url: str | None = None
    language: str = "en"
    channels: tuple[DeliveryChannel, ...] = ()
    quiet_from: str | None = Field(None, pattern=_HOUR, description="Nothing is sent from this hour of the city's day,")
    quiet_until: str | None = Field(None, pattern=_HOUR, description="until this one; urgent news excepted.")
    frequency: Frequency = Frequency.EVERY
    push: PushAddress | None = None
    social: str | None = Field(None, max_length=200, description="`x:` or `meta:` and the provider's id of the person.")
    postal_address: str | None = Field(None, max_length=500, description="Where letters go, as on an envelope.")
    texts_stopped: bool | None = Field(
        None, description="Whether the telephone's owner wants no texts: true after STOP, false after START, else none."
    )

    consents: tuple[Consent, ...] = Field(
        (), description="What was agreed to and what was refused; of what is not said, own requests alone are told."
    )

    @property
    def key(self) -> str:
        """The contact's reference."""
        return self.contact_ref


class SurveyReplied(Event):
    """Somebody answered an invitation by text or by the keys of a telephone; free words do not come this way."""

    TYPE: ClassVar[str] = "survey.replied"
    request_id: UUID
    invitation_id: UUID
    contact_ref: str
    via: Channel
    answers: dict[str, int | bool] = Field(description="By question: a rating from 1 to 5, or yes or no.")

    @property
    def key(self) -> str:
        """The request's id as text."""
        return str(self.request_id)


class ContactErased(Event):
    """A person asked to be forgotten: whoever holds their words blanks them, also when this is read again."""

    TYPE: ClassVar[str] = "contact.erased"
    contact_ref: str

    @property
    def key(self) -> str:
        """The contact's reference."""
        return self.contact_ref
