"""What routing publishes: who has a request, and what that agency is told."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event, RequestEvent, RequestFacts, Texts, Utc
from contracts.frontends import Answer, Place
from contracts.intake import AppointmentChanged, Photo
from contracts.vocabulary import AssignmentCause, Disposition, NoticeKind


class RequestAssigned(RequestEvent):
    """This agency and queue have the request now: by which rule, how sure, why. Each referral is a new assignment."""

    TYPE: ClassVar[str] = "request.assigned"
    assignment_id: UUID
    agency: str
    queue: str
    cause: AssignmentCause
    rule_id: str | None = None
    rule_version: int | None = None
    confidence: float = Field(ge=0, le=1)
    runner_up: str | None = None
    reason: Texts
    replaces: UUID | None = Field(None, description="The assignment this one ends: a referral or a reopening.")
    referred_from: str | None = None
    assigned_at: Utc


class RequestDiverted(RequestEvent):
    """A person at the triage desk sent a request where it belongs: outside the city, or to a desk of the city's own.

    Outside it ends, with `disposition` and `explanation`; inside it stays open, and an assignment goes with it.
    """

    TYPE: ClassVar[str] = "request.diverted"
    diversion_id: UUID
    destination: str = Field(description="Whose it is, by the slug of the city's transfers.")
    kind: str = Field(description="What that is: `emergency`, `county`, `state`, `utility`, `city_desk`…")
    reason: str = Field(description="Why: one of the city's listed reasons, by its code.")
    disposition: Disposition | None = Field(None, description="How the request ends; none where it stays open.")
    explanation: Texts = Field(description="What the resident reads, with number and hours, in every language.")
    phone: str | None = Field(None, description="The number there, as it was told.")
    hours: str | None = Field(None, description="When somebody answers, as it was told.")
    was_open: bool | None = Field(None, description="Whether somebody answered there at that moment, where known.")
    avoidable: bool = Field(default=False, description="311 itself takes what people are sent there for.")
    reopen_count: int = Field(0, ge=0, description="How often the request had been reopened.")
    diverted_by: str = Field(description="The principal's role.")
    diverted_at: Utc


class AgencyNotice(Event):
    """A message to one agency about one request, on that agency's own inbox."""

    TYPE: ClassVar[str] = "agency.notice"
    request_id: UUID
    notice_id: str = Field(description="Equal for a repeated delivery; drop what you have seen.")
    sequence: int = Field(ge=1, description="Per request within this inbox; drop what is not newer.")
    kind: NoticeKind
    assignment_id: UUID
    about: RequestFacts
    queue: str | None = None
    description: str | None = Field(None, description="The public-safe copy of the resident's words.")
    place: Place | None = None
    attributes: dict[str, Answer] = Field({})
    photos: tuple[Photo, ...] = Field((), description="Without personal metadata; at intake's `/photos/{photo_id}`.")
    due_at: Utc | None = None
    details_url: str | None = Field(None, description="What may not travel: read it with the agency's credential.")
    text: str | None = Field(None, description="A message, a refusal's sentence, or why it came back.")
    message_ref: str | None = None
    update_id: str | None = Field(None, description="The refused update.")
    code: str | None = None
    allowed: tuple[str, ...] = ()
    field: str | None = Field(None, description="Which field of the refused update breaks the rule.")
    priority: bool = False
    appointment: AppointmentChanged | None = Field(None, description="A slot was booked, moved or given back.")
    crew: str | None = Field(None, description="The team that is praised, by its own name.")
    rating: int | None = Field(None, ge=1, le=5, description="With praise: how good the work was.")
    words_url: str | None = Field(
        None, description="Where the resident's words lie: read them, masked, with the agency's credential."
    )

    @property
    def key(self) -> str:
        """The request's id as text."""
        return str(self.request_id)
