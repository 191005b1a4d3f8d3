"""What frontends publish: a report instead of a form post. The only place a reporter travels."""

from typing import ClassVar, TypeAlias

from pydantic import Field

from contracts.event import Event, Utc, Value
from contracts.vocabulary import Channel, Clock, CustomerType, DeliveryChannel, Operator, PlaceMethod, Setting

Answer: TypeAlias = str | tuple[str, ...]
"""One answer, or several for a multi-value question."""


class Place(Value):
    """Where the problem is; public."""

    address: str | None = Field(None, max_length=300, description="Street address or crossing, as written.")
    latitude: float | None = Field(None, ge=-90, le=90, description="WGS 84 degrees.")
    longitude: float | None = Field(None, ge=-180, le=180, description="WGS 84 degrees.")
    area: dict[str, str] = Field({}, description="Area codes by kind, for example `council_district`: `13`.")
    verified: bool = Field(default=False, description="False keeps the request and queues the place for correction.")
    method: PlaceMethod | None = Field(None, description="How the place was told.")
    accuracy_metres: float | None = Field(
        None, ge=0, le=100_000, description="Radius of uncertainty of the coordinates."
    )
    confidence: float | None = Field(
        None, ge=0, le=1, description="How sure the geocoder is that it found the address."
    )
    asset_id: str | None = Field(None, max_length=80, description="The city's own id of one street light, tree, ….")
    setting: Setting | None = Field(None, description="Public right-of-way or private property, where it is known.")


class Reporter(Value):
    """Who reports and how to reach them. Personal: travels in `request.submitted` alone."""

    name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=254)
    phone: str | None = Field(None, max_length=40)
    language: str = Field("en", min_length=2, max_length=8)
    preferred_channel: DeliveryChannel | None = None
    webhook_url: str | None = Field(None, max_length=500)
    customer_type: CustomerType = CustomerType.RESIDENT


class RequestSubmitted(Event):
    """A report, published instead of posted. Idempotent by (submitter, submission_key)."""

    TYPE: ClassVar[str] = "request.submitted"
    submission_key: str = Field(min_length=1, max_length=200, description="The submitter's own key for this report.")
    submitter: str = Field(min_length=1, max_length=100, description="The publishing frontend's name.")
    service_code: str
    description: str = Field("", max_length=4000, description="The resident's words; held in the vault.")
    place: Place = Field(Place())
    attributes: dict[str, Answer] = Field({})
    reporter: Reporter | None = None
    channel: Channel = Channel.EVENT
    operator: Operator = Operator.CITY_311
    photos: tuple[str, ...] = Field((), max_length=10, description="Addresses to fetch, or claims of POST /photos.")
    follows: str | None = Field(None, max_length=100, description="The number of the request this one is the same as.")
    external_id: str | None = Field(None, max_length=100, description="The number the submitter knows it by.")
    requested_at: Utc | None = Field(None, description="When it was reported; imported history only.")
    clock: Clock = Clock.WALL

    @property
    def key(self) -> str:
        """The submitter's key."""
        return self.submission_key
