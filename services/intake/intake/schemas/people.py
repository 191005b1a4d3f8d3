"""Bodies of accounts, of what people choose, and of what staff do for them."""

from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from contracts.vocabulary import CustomerType, DeliveryChannel, Frequency
from intake.schemas.requests import Body, Words

_HOUR = r"^([01]\d|2[0-3]):[0-5]\d$"
_EMAIL = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"
_PHONE = r"^\+?[\d ().-]{7,25}$"


Told = Literal["email", "webhook", "sms", "voice", "push", "letter"]
"""Ways that a person may agree to; who wrote on a social network is told there, in the thread."""


class AddressBody(Body):
    """One address: an e-mail address or a telephone number."""

    email: str | None = Field(None, pattern=_EMAIL, max_length=254)
    phone: str | None = Field(None, pattern=_PHONE)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.email is None) == (self.phone is None):
            raise ValueError("give either email or phone")
        return self


class CodeBody(AddressBody):
    """Where to send a one-time code, and in which language."""

    language: str | None = Field(None, min_length=2, max_length=8, pattern=r"^[A-Za-z-]+$")


class SessionBody(AddressBody):
    """The code that was sent."""

    code: str = Field(pattern=r"^\d{6}$")


class CodeSent(BaseModel):
    """The code is on its way, whether or not the address has an account."""

    expires_in_seconds: int


class SessionOpened(BaseModel):
    """Who is signed in, and the token to send as X-Session; it is shown this once."""

    person_id: str
    session: str
    expires_at: str


class SignedOut(BaseModel):
    """The session has ended."""

    signed_out: bool


class PushBody(Body):
    """A browser's subscription to notices, as `PushSubscription.toJSON()` gives it, flat."""

    endpoint: str = Field(pattern=r"^https?://[^\s]+$", max_length=1000)
    p256dh: str = Field(pattern=r"^[A-Za-z0-9_=-]{20,200}$")
    auth: str = Field(pattern=r"^[A-Za-z0-9_=-]{10,100}$")


class ChoicesBody(Body):
    """What to change; what is left out stays."""

    name: Words | None = Field(None, max_length=200)
    language: str | None = Field(None, min_length=2, max_length=8, pattern=r"^[A-Za-z-]+$")
    preferred_channel: DeliveryChannel | None = None
    customer_type: CustomerType = CustomerType.RESIDENT
    updates: bool = Field(default=True, description="Whether to be told of one's requests at all.")
    quiet_from: str | None = Field(None, pattern=_HOUR, description="Nothing is sent from this hour of the city,")
    quiet_until: str | None = Field(None, pattern=_HOUR, description="until this one.")
    frequency: Frequency = Field(Frequency.EVERY, description="Of every step, of milestones, or once a day.")
    channels: list[Told] = Field([], max_length=7, description="Agreed ways to be told; empty: by what a report gave.")
    surveys: list[Told] | None = Field(
        None, max_length=7, description="Ways one agrees to be asked by how it went; empty: none; null: as one is told."
    )
    notices: list[Told] = Field([], max_length=7, description="Ways one agrees to hear the city's own notices by.")
    push: PushBody | None = Field(None, description="A browser's subscription; null ends it.")
    postal_address: Words | None = Field(None, max_length=500, description="Where letters go.")


class Chosen(BaseModel):
    """Whose choices were kept."""

    person_id: str


class ProvenIdentity(BaseModel):
    """An address that was proven."""

    kind: Literal["email", "phone"]
    address: str
    proven_at: str


class Me(ChoicesBody):
    """What is kept of somebody who is signed in."""

    person_id: str
    consented_at: str | None = None
    feedback_link: str = Field("", description="Where to tell the city something without saying again who one is.")
    identities: list[ProvenIdentity]


class OwnRequests(BaseModel):
    """One's requests from every channel, newest first, each as everybody sees it and with its `manage_link`."""

    requests: list[dict[str, Any]]


class Receipt(BaseModel):
    """What was erased, in numbers alone."""

    receipt: str
    requests: int
    rows: int


class KnownContact(BaseModel):
    """A contact, and whose it is."""

    contact_ref: str
    person_id: str | None


class FoundPeople(BaseModel):
    """The contacts of an address."""

    contacts: list[KnownContact]


class PersonHistory(BaseModel):
    """Everything from every channel in one view."""

    person: Me | None
    contacts: list[dict[str, Any]]
    requests: list[dict[str, Any]]
    messages: list[dict[str, Any]]
    conversations: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    surveys: list[dict[str, Any]]


class Held(BaseModel):
    """A report that has its number, and waits for a person before it goes to work."""

    tracking_number: str
    service_code: str
    forecast: dict[str, str]
    status: Literal["held"]
    notice: dict[str, str]
    emergency: dict[str, str] | None = None
    social_services: dict[str, str] | None = None


class RulingBody(Body):
    """Why a contact is linked or parted."""

    reason: Words = Field(min_length=1, max_length=300)


class RulingMade(BaseModel):
    """What holds for a contact now."""

    contact_ref: str
    person_id: str | None
