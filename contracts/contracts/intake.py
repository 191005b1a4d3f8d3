"""What intake publishes: the life of every request, and who may be told of it."""

from typing import Annotated, ClassVar, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from contracts.event import Event, RequestEvent, Texts, Utc, Value
from contracts.frontends import Answer, Place
from contracts.vocabulary import Channel, ContactKind, DeliveryChannel, Disposition, EvidenceKind, Operator, Substatus


class FieldProblem(Value):
    """One thing wrong with one field."""

    field: str = Field(description="Path of the field, dotted.")
    problem: str = Field(description="What is wrong and what is expected, in a sentence.")


class RequestAccepted(Event):
    """A submission was taken."""

    TYPE: ClassVar[str] = "request.accepted"
    submission_key: str
    submitter: str
    request_id: UUID
    tracking_number: str
    forecast: Texts = Field(description="When it will be done, in words.")

    @property
    def key(self) -> str:
        """The submitter's key."""
        return self.submission_key


class RequestRefused(Event):
    """A submission that cannot be taken, field by field."""

    TYPE: ClassVar[str] = "request.refused"
    submission_key: str
    submitter: str
    problems: tuple[FieldProblem, ...]

    @property
    def key(self) -> str:
        """The submitter's key."""
        return self.submission_key


class RequestCreated(RequestEvent):
    """A request exists and has its tracking number. Compacted: an erasure republishes it without words."""

    TYPE: ClassVar[str] = "request.created"
    description: str = Field("", description="The public-safe copy: phones, e-mails, plates and names masked.")
    place: Place
    attributes: dict[str, Answer] = Field({})
    operator: Operator
    external_ids: tuple[str, ...] = ()
    parent_request_id: UUID | None = None


class SubstatusChanged(Value):
    """Work moved on."""

    kind: Literal["substatus"] = "substatus"
    substatus: Substatus
    agency: str | None = None
    assignment_id: UUID | None = None
    scheduled_for: Utc | None = None


class ReferralAsked(Value):
    """An agency hands the request on; the request stays open."""

    kind: Literal["referral"] = "referral"
    from_agency: str
    assignment_id: UUID
    to_agency: str | None = Field(None, description="Where to, when the agency knows; else triage decides.")
    reason: str = Field(description="The agency's words, masked.")


class AdditionalAsked(Value):
    """A second agency is needed beside the first."""

    kind: Literal["additional"] = "additional"
    agency: str
    reason: str


class ClockPaused(Value):
    """The target's clock stands still for a listed reason."""

    kind: Literal["clock_paused"] = "clock_paused"
    reason: str


class ClockResumed(Value):
    """The target's clock runs again."""

    kind: Literal["clock_resumed"] = "clock_resumed"


class MessageSent(Value):
    """A message hangs on the request; a resident's words travel by reference only."""

    kind: Literal["message"] = "message"
    sender: Literal["resident", "agency", "staff"]
    message_ref: str
    agency: str | None = None
    text: str | None = Field(None, description="An agency's words, masked; never a resident's.")
    needs_answer: bool = False


class Cancelled(Value):
    """The requester withdrew; a closing follows."""

    kind: Literal["cancelled"] = "cancelled"


class DuplicateLinked(Value):
    """The request follows a parent."""

    kind: Literal["duplicate"] = "duplicate"
    parent_request_id: UUID


class DetailsAmended(Value):
    """Place or answers were corrected."""

    kind: Literal["amended"] = "amended"
    place: Place | None = None
    attributes: dict[str, Answer] | None = None


Change: TypeAlias = Annotated[
    SubstatusChanged
    | ReferralAsked
    | AdditionalAsked
    | ClockPaused
    | ClockResumed
    | MessageSent
    | Cancelled
    | DuplicateLinked
    | DetailsAmended,
    Field(discriminator="kind"),
]


class RequestUpdated(RequestEvent):
    """Something about an open request changed."""

    TYPE: ClassVar[str] = "request.updated"
    change: Change
    by: str = Field(description="The principal's role, or `agency:<slug>`.")


class Evidence(Value):
    """What shows that work was done."""

    kind: EvidenceKind
    reference: str = Field(
        min_length=1, max_length=500, description="Work order number, photo id or the note itself, masked."
    )


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


class RequestReopened(RequestEvent):
    """Same number, same first start: the resident says it was not done."""

    TYPE: ClassVar[str] = "request.reopened"
    closure_id: UUID = Field(description="The closing that was disputed.")
    reopen_count: int = Field(ge=1)
    reopened_at: Utc
    agencies: tuple[str, ...] = Field((), description="Who closed it; they get it back with priority.")
    comment_ref: str | None = None
    decided_by: str = Field("policy", description="`policy` at once, `supervisor` from the third dispute on.")


class UpdateRefused(Event):
    """An agency's update breaks the rules; it is told which are allowed."""

    TYPE: ClassVar[str] = "update.refused"
    request_id: UUID
    agency: str
    assignment_id: UUID
    update_id: str
    code: str = Field(description="The rule broken, for machines.")
    detail: str = Field(description="What is wrong and what to do, in a sentence.")
    allowed: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The request's id as text."""
        return str(self.request_id)


class ContactRecorded(Event):
    """A contact that made no request, counted all the same."""

    TYPE: ClassVar[str] = "contact.recorded"
    contact_id: UUID
    kind: ContactKind
    channel: Channel
    operator: Operator = Operator.CITY_311
    language: str = "en"
    article_id: str | None = None
    article_version: int | None = None
    resolved: bool | None = None
    destination: str | None = None
    reason: str | None = None

    @property
    def key(self) -> str:
        """The contact's id as text."""
        return str(self.contact_id)


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

    @property
    def key(self) -> str:
        """The contact's reference."""
        return self.contact_ref
