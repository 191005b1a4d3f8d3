"""Bodies of the contact center."""

from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from contracts.event import Texts
from contracts.vocabulary import Channel, ContactKind, Direction, Operator
from intake.domain.center import Happening, State
from intake.schemas.requests import Body, Words


class BeginContact(Body):
    """A contact by phone, chat, at the counter, by mail or another channel."""

    channel: Channel
    direction: Direction = Direction.INBOUND
    language: str = Field("en", min_length=2, max_length=8, pattern=r"^[A-Za-z-]+$")
    operator: Operator = Operator.CITY_311
    phone: Words | None = Field(None, max_length=40, description="Where to call back; stays in the vault.")
    draft: str | None = Field(None, max_length=40, description="The reference of a draft begun elsewhere.")


class ContactEvent(Body):
    """What happens to a contact. Every event may bring along notes, a number, a draft or an article shown."""

    event: Happening
    note: Words | None = Field(None, max_length=2000)
    phone: Words | None = Field(None, max_length=40)
    draft: str | None = Field(None, max_length=40)
    number: Words | None = Field(None, max_length=100, description="A request that it made or asked about.")
    made: bool = Field(default=False, description="The request was made in this contact.")
    article_id: Words | None = Field(None, max_length=100)
    helped: bool | None = Field(None, description="Whether the article shown answered the question.")
    destination: Words | None = Field(None, max_length=40, description="A transfer of the city's directory.")
    reason: Words | None = Field(None, max_length=200)

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.event == "transferred") != (self.destination is not None):
            raise ValueError("send destination with transferred, and only then")
        return self


class TransferTo(BaseModel):
    """Where a contact goes on."""

    slug: str
    name: Texts
    phone: str | None


class ContactStanding(BaseModel):
    """Where a contact stands; `next_contact_id` is the one that goes on from it at another desk."""

    contact_id: UUID
    state: State
    destination: TransferTo | None = None
    next_contact_id: UUID | None = None
    kind: ContactKind | None = None


class FeedbackBody(Body):
    """What somebody said of a request; `rating` from 1 (worst) to 5 (best)."""

    text: Words = Field(min_length=1, max_length=4000)
    rating: Literal[1, 2, 3, 4, 5] | None = None
    contact_id: UUID | None = None
