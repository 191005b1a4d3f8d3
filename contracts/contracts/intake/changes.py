"""What may change about an open request."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field

from contracts.event import Texts, Utc, Value
from contracts.frontends import Answer, Place
from contracts.vocabulary import AppointmentState, Disposition, EvidenceKind, Substatus, VerificationState


class Photo(Value):
    """A photo as kept: re-encoded, without metadata, at intake's `/photos/{photo_id}`."""

    photo_id: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the kept bytes.")
    content_type: str = "image/jpeg"
    width: int = Field(ge=1, description="Pixels.")
    height: int = Field(ge=1, description="Pixels.")


class Evidence(Value):
    """What shows that work was done."""

    kind: EvidenceKind
    reference: str = Field(
        min_length=1, max_length=500, description="Work order number, photo id or the note itself, masked."
    )


class SubstatusChanged(Value):
    """Work moved on."""

    kind: Literal["substatus"] = "substatus"
    substatus: Substatus
    agency: str | None = None
    assignment_id: UUID | None = None
    scheduled_for: Utc | None = Field(
        None, description="When the work is done; on hold, until when it waits, if known."
    )
    reason: str | None = Field(None, description="Why it is on hold: one of the city's listed reasons.")
    step: str | None = Field(None, description="The city's automatic step that caused it, by its id.")


class ReferralAsked(Value):
    """An agency hands the request on; the request stays open."""

    kind: Literal["referral"] = "referral"
    from_agency: str
    assignment_id: UUID
    to_agency: str | None = Field(None, description="Where to, when the agency knows; else triage decides.")
    reason: str = Field(description="The agency's words, masked.")
    explanation: Texts = Field({}, description="The city's listed reason, in every language, where one was given.")


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
    """The target's clock runs again; `closing` when that is because the request is closed: nothing is promised anew."""

    kind: Literal["clock_resumed"] = "clock_resumed"
    closing: bool = False


class MessageSent(Value):
    """A message hangs on the request; a resident's words travel by reference only."""

    kind: Literal["message"] = "message"
    sender: Literal["resident", "agency", "staff"]
    message_ref: str
    agency: str | None = None
    text: str | None = Field(None, description="An agency's words, masked; never a resident's.")
    needs_answer: bool = False
    to: Literal["everybody", "agency", "requester"] = Field("everybody", description="Whom staff's words are for.")


class Cancelled(Value):
    """The requester withdrew; a closing follows."""

    kind: Literal["cancelled"] = "cancelled"


class DuplicateLinked(Value):
    """The request follows a parent."""

    kind: Literal["duplicate"] = "duplicate"
    parent_request_id: UUID


class DuplicateUnlinked(Value):
    """The request stands for itself again."""

    kind: Literal["duplicate_unlinked"] = "duplicate_unlinked"
    parent_request_id: UUID


class Followed(Value):
    """Somebody follows the request without one of their own: from here on `about` names them among who is told."""

    kind: Literal["followed"] = "followed"
    contact_ref: str


class PhotosAdded(Value):
    """Photos were added to the request."""

    kind: Literal["photos"] = "photos"
    photos: tuple[Photo, ...] = Field(min_length=1)


class AppointmentChanged(Value):
    """A slot was booked, moved or given back."""

    kind: Literal["appointment"] = "appointment"
    state: AppointmentState
    appointment_id: UUID
    starts_at: Utc
    ends_at: Utc


class VerificationChanged(Value):
    """A finished job waits to be looked at, or was: a finished work order is not yet a closed request."""

    kind: Literal["verification"] = "verification"
    state: VerificationState
    agency: str
    assignment_id: UUID
    verifier: str = Field(description="Who looks: `supervisor`, `agent` or `contact`.")
    reason: str | None = Field(None, description="What was found, masked.")
    disposition: Disposition | None = Field(None, description="When asked: how the agency means to end its part,")
    explanation: Texts = Field({}, description="with these words,")
    evidence: tuple[Evidence, ...] = Field((), description="and shown by this,")
    visible_from: Utc | None = Field(None, description="there to see from then on.")


class DetailsAmended(Value):
    """Place, answers or words were corrected; new words stay in the vault, read by `details_url`."""

    kind: Literal["amended"] = "amended"
    place: Place | None = None
    attributes: dict[str, Answer] | None = None
    words_changed: bool = False


class ServiceCorrected(Value):
    """It is another service's work than was first said: a person, or the reader, found out. `about` has the new one."""

    kind: Literal["service_corrected"] = "service_corrected"
    before: str = Field(description="The service first asked for, by its code.")
    service_code: str = Field(description="The service it is, by its code.")


Change: TypeAlias = Annotated[
    SubstatusChanged
    | ReferralAsked
    | AdditionalAsked
    | ClockPaused
    | ClockResumed
    | MessageSent
    | Cancelled
    | DuplicateLinked
    | DuplicateUnlinked
    | Followed
    | PhotosAdded
    | AppointmentChanged
    | VerificationChanged
    | DetailsAmended
    | ServiceCorrected,
    Field(discriminator="kind"),
]
