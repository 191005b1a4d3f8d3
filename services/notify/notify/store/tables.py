"""The tables. A message lives in `open_intent` until it is settled, and in `settled_intent` for good.

The view `intent` shows both. Both are named by request first: a request's id begins with its time, so that what is
written together lies together, and the settled can be parted by month.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Uuid
from sqlmodel import Field

from chassis.tables import new_base

if TYPE_CHECKING:
    from sqlmodel import SQLModel as Base
else:
    Base = new_base()

METADATA = Base.metadata
_MOMENT: Final = DateTime(timezone=True)
AGREES_TO_NOTICES: Final = "consents LIKE '%\"notices\"%'"
"""Those who said anything of the city's notices: few, so that a campaign looks at no others."""


class Profile(Base, table=True):
    """How to reach a person. Personal: only what a message needs, gone with the tombstone.

    `channels` are parted by spaces, and so are `flags`: addresses that are used no longer. `push` and `consents`
    (what was agreed to and refused, where it was said and when) are JSON as text.
    """

    __tablename__ = "profile"
    __table_args__ = (Index("profile_noticed", "contact_ref", postgresql_where=text(AGREES_TO_NOTICES)),)
    contact_ref: str = Field(primary_key=True)
    version: int
    email: str | None
    webhook_url: str | None
    channels: str
    language: str
    phone: str | None
    push: str | None
    social: str | None
    postal_address: str | None
    frequency: str = Field(sa_column_kwargs={"server_default": "every"})
    quiet_from: str | None
    quiet_until: str | None
    flags: str = Field(sa_column_kwargs={"server_default": ""})
    consents: str | None


class Request(Base, table=True):
    """What messages say about a request. `about` and `words` are JSON as text, for they are only ever passed on.

    `offices` names the offices of the areas it lies in, parted by spaces; `areas` these areas, a line each, and is null
    for what is no request, or is not told of by its reporter's event yet.

    Its pages are filled by half: the agency and the promise are soon added, in place.
    """

    __tablename__ = "request"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)
    request_id: UUID = Field(primary_key=True)
    about: str
    agency: str | None
    words: str | None
    due_at: datetime | None = Field(sa_type=_MOMENT)
    revision: int
    offices: str = Field(sa_column_kwargs={"server_default": ""})
    areas: str | None


class Link(Base, table=True):
    """A request that follows another: whoever is told of it is told what is told of its parent since then."""

    __tablename__ = "link"
    __table_args__ = (Index("link_by_parent", "parent_id"),)
    request_id: UUID = Field(primary_key=True)
    parent_id: UUID
    contact_refs: str
    since: datetime = Field(sa_type=_MOMENT, sa_column_kwargs={"server_default": "1970-01-01 00:00:00+00"})


class OpenIntent(Base, table=True):
    """A message to be delivered. `postponed` once an attempt was not the last: those behind it wait.

    `lane` is 0, -1 for a first number, which goes before all, or 1 for what gives way to everybody else's; those behind
    such a one in its line follow it there.
    """

    __tablename__ = "open_intent"
    __table_args__ = (
        Index("open_turn", "lane", "next_attempt_at", "at", "seq"),
        Index("open_before", "request_id", postgresql_where=text("postponed OR lane > 0")),
        Index("open_waiting", "contact_ref", postgresql_where=text("channel IS NULL")),
    )
    request_id: UUID = Field(primary_key=True)
    intent_id: UUID = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), nullable=False))
    contact_ref: str
    channel: str | None
    moment: str
    transition: str
    at: datetime = Field(sa_type=_MOMENT)
    made_at: datetime = Field(sa_type=_MOMENT)
    next_attempt_at: datetime = Field(sa_type=_MOMENT)
    expires_at: datetime = Field(sa_type=_MOMENT)
    details: str
    traceparent: str | None
    attempts: int = Field(sa_column_kwargs={"server_default": "0"})
    postponed: bool = Field(sa_column_kwargs={"server_default": "false"})
    lane: int = Field(sa_type=SmallInteger, sa_column_kwargs={"server_default": "0"})
    detail: str | None


class SettledIntent(Base, table=True):
    """How a message ended; never changed. `sequence` counts a request's settled messages, from 1."""

    __tablename__ = "settled_intent"
    __table_args__ = (
        Index("settled_by_time", "made_at", "intent_id"),
        Index("settled_by_contact", "contact_ref", "made_at", "intent_id"),
        Index("settled_unsent", "outcome", "made_at", "intent_id", postgresql_where=text("outcome <> 'delivered'")),
    )
    request_id: UUID = Field(primary_key=True)
    intent_id: UUID = Field(primary_key=True)
    sequence: int
    seq: int = Field(sa_type=BigInteger)
    contact_ref: str
    channel: str | None
    moment: str
    transition: str
    at: datetime = Field(sa_type=_MOMENT)
    made_at: datetime = Field(sa_type=_MOMENT)
    attempts: int
    outcome: str
    detail: str | None
    settled_at: datetime = Field(sa_type=_MOMENT)


class Leaving(Base, table=True):
    """What somebody wishes to hear no more of, by one channel: one request, or the id that stands for all."""

    __tablename__ = "leaving"
    contact_ref: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    request_id: UUID = Field(primary_key=True)
    why: str
    left_at: datetime = Field(sa_type=_MOMENT)


class Returned(Base, table=True):
    """A message that came back, or that its reader complained about. `flag` names the address without telling it."""

    __tablename__ = "returned"
    __table_args__ = (Index("returned_from", "contact_ref", "flag"),)
    request_id: UUID = Field(primary_key=True)
    intent_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    contact_ref: str
    flag: str
    detail: str
    at: datetime = Field(sa_type=_MOMENT)


class TextsSent(Base, table=True):
    """Parts of text messages sent to one contact in one hour."""

    __tablename__ = "texts_sent"
    contact_ref: str = Field(primary_key=True)
    hour: datetime = Field(primary_key=True, sa_type=_MOMENT)
    parts: int


class PrintedLetter(Base, table=True):
    """A letter that waits for the print room: what stands on it, as JSON. Personal; gone when it was posted."""

    __tablename__ = "printed_letter"
    intent_id: UUID = Field(primary_key=True)
    request_id: UUID
    contact_ref: str
    made_at: datetime = Field(sa_type=_MOMENT)
    content: str
    batch_id: UUID | None
    claimed_until: datetime | None = Field(sa_type=_MOMENT)


class PrintBatch(Base, table=True):
    """Letters that the print room took together, and how many of them it has posted."""

    __tablename__ = "print_batch"
    batch_id: UUID = Field(primary_key=True)
    letters: int
    taken_at: datetime = Field(sa_type=_MOMENT)
    posted_at: datetime | None = Field(sa_type=_MOMENT)
    posted: int


class Undelivered(Base, table=True):
    """A message that was given up, and why; `details` is JSON as text. Once redriven it is told as another message."""

    __tablename__ = "undelivered"
    __table_args__ = (
        Index("undelivered_waiting", "parked_at", "intent_id", postgresql_where=text("redriven_at IS NULL")),
        Index("undelivered_of", "contact_ref"),
    )
    intent_id: UUID = Field(primary_key=True)
    request_id: UUID
    contact_ref: str
    channel: str
    moment: str
    transition: str
    at: datetime = Field(sa_type=_MOMENT)
    details: str
    attempts: int
    reason: str
    detail: str | None
    parked_at: datetime = Field(sa_type=_MOMENT)
    redriven_at: datetime | None = Field(sa_type=_MOMENT)
    redriven_by: str | None


class Campaign(Base, table=True):
    """A campaign as it was published last, as JSON; its messages are intended up to `told_to` of its readers."""

    __tablename__ = "campaign"
    code: str = Field(primary_key=True)
    version: int
    starts_at: datetime = Field(sa_type=_MOMENT)
    ends_at: datetime = Field(sa_type=_MOMENT)
    content: str
    told_to: str = Field(sa_column_kwargs={"server_default": ""})


class ClaimedRequests(Base, table=True):
    """Requests whose messages one deliverer holds, until then; nobody else delivers anything about them."""

    __tablename__ = "claim"
    claim_id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    until: datetime = Field(sa_type=_MOMENT)
    requests: list[Any] = Field(sa_column=Column(ARRAY(Uuid()), nullable=False))


BY_KEY: Final = dict.fromkeys(("enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"), "off")
"""How notify's statements are planned: each names rows by their keys, a batch at a time. A plan made while a table was
empty, and kept, reads the whole table once it has grown; planning anew for each batch costs more than it saves."""
