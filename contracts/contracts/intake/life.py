"""The life of a request: created, updated, closed, reopened."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from contracts.event import RequestEvent, Texts, Utc
from contracts.frontends import Answer, Place
from contracts.intake.changes import Change, Evidence, Photo
from contracts.vocabulary import CustomerType, Disposition, Operator

Call = Literal["emergency", "social_services"]
"""Whom somebody is told to call at once, by the words they used; the report is taken all the same."""


class RequestCreated(RequestEvent):
    """A request exists and has its tracking number. Compacted: an erasure republishes it without words."""

    TYPE: ClassVar[str] = "request.created"
    description: str = Field("", description="The public-safe copy: phones, e-mails, plates and names masked.")
    place: Place
    attributes: dict[str, Answer] = Field({})
    operator: Operator
    external_ids: tuple[str, ...] = ()
    parent_request_id: UUID | None = None
    recurrence_of: UUID | None = Field(None, description="A closed request of the same thing at the same place.")
    photos: tuple[Photo, ...] = ()
    customer_type: CustomerType = CustomerType.RESIDENT
    told_to_call: tuple[Call, ...] = Field(
        (), description="Whom its words say to call at once; whoever writes to the reporter says so first."
    )


class RequestUpdated(RequestEvent):
    """Something about an open request changed."""

    TYPE: ClassVar[str] = "request.updated"
    change: Change
    by: str = Field(description="The principal's role, or `agency:<slug>`.")


class RequestClosed(RequestEvent):
    """Closed with a disposition and an explanation, and evidence where work was done."""

    TYPE: ClassVar[str] = "request.closed"
    closure_id: UUID
    disposition: Disposition
    explanation: Texts = Field(description="What happened, readable by the resident; masked.")
    evidence: tuple[Evidence, ...] = ()
    closed_at: Utc
    closed_by: str = Field(description="The principal's role, or `agency:<slug>`.")
    agencies: tuple[str, ...] = ()
    reopen_count: int = Field(0, ge=0)
    door: str | None = Field(None, description="By which door it came: `outbox`, `desk`, `open311`, `verification`…")
    confirmed_by: str | None = Field(
        None, description="The role of the second person who verified or confirmed it, or `agency:<slug>`."
    )
    area: dict[str, str] = Field({}, description="The areas the place lies in, by kind.")
    crew: str | None = Field(None, max_length=100, description="The team that did the work, by its own name.")
    visible_from: Utc | None = Field(None, description="When what was promised will be there to see, if later.")


class RequestReopened(RequestEvent):
    """Same number, same first start: the resident says it was not done."""

    TYPE: ClassVar[str] = "request.reopened"
    closure_id: UUID = Field(description="The closing that was disputed.")
    reopen_count: int = Field(ge=1)
    reopened_at: Utc
    agencies: tuple[str, ...] = Field((), description="Who closed it; they get it back with priority.")
    comment_ref: str | None = None
    decided_by: str = Field("policy", description="`policy` at once, `supervisor` from the third dispute on.")
    disputed_by: str | None = Field(None, description="`survey` where an answer said so; else the role of who did.")
