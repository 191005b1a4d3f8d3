"""Bodies of the work desk."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from contracts.event import Texts, Utc
from contracts.intake import Evidence
from contracts.vocabulary import Disposition, EvidenceKind, Substatus
from intake.domain.agencies.workdesk import Action
from intake.schemas.requests import Body, ShownPhoto, Words

DeskStep = Literal[
    "accept", "schedule", "start", "hold", "note", "message", "need-information", "refer", "complete",
    "cannot-complete", "crew", "photos",
]  # fmt: skip


class ShownEvidence(Body):
    """What shows that work was done."""

    kind: EvidenceKind
    reference: Words = Field(min_length=1, max_length=500)


class DeskBody(Body):
    """What a step needs: `schedule` a time, `hold` a reason, `complete` a disposition and evidence, note or photos."""

    client_id: Words = Field(
        min_length=1, max_length=100, description="Your own id of this action; a repeat is ignored."
    )
    at: Utc | None = Field(None, description="When it was done, by your clock.")
    text: Words | None = Field(None, max_length=4000, description="A note, a message or a question; shown masked.")
    scheduled_for: Utc | None = None
    refer_to: Words | None = Field(None, max_length=40, description="The agency it belongs to, when known.")
    hold_reason: Words | None = Field(None, max_length=40)
    handed_to: Words | None = Field(None, max_length=40, description="Who outside the city has it now.")
    reason_code: Words | None = Field(
        None, max_length=40, description="The city's listed reason to refer or not do it."
    )
    duplicate_of: Words | None = Field(None, max_length=100, description="The number of the request it duplicates.")
    disposition: Disposition | None = None
    explanation: dict[str, Words] = Field({}, description="What the resident reads, by language.")
    evidence: tuple[ShownEvidence, ...] = Field((), max_length=20)
    visible_from: Utc | None = Field(
        None, description="When what you promise with an ending is there to see, if later."
    )
    photos: tuple[Words, ...] = Field((), max_length=10, description="Claims of POST /photos.")
    crew: Words | None = Field(None, max_length=40, description="Which of your crews has it; null takes it back.")

    def action(self, assignment_id: UUID, step: str) -> Action:
        """Name the assignment and the step."""
        told = {name: getattr(self, name) for name in type(self).model_fields if name in DeskBody.model_fields}
        shown = tuple(Evidence(kind=item.kind, reference=item.reference) for item in self.evidence)
        return Action(assignment_id, step, **(told | {"evidence": shown}))


class OfflineAction(DeskBody):
    """One action of a batch."""

    assignment_id: UUID
    step: DeskStep


class SyncBody(Body):
    """What a crew did offline, in order, and from where on it wants to hear what changed."""

    actions: tuple[OfflineAction, ...] = Field((), max_length=200)
    cursor: str | None = Field(None, max_length=200, description="From the last answer.")


class DeskItem(BaseModel):
    """An assignment as its crew sees it; what may not travel is at `details_url`, every read audited."""

    assignment_id: UUID
    request_id: UUID
    tracking_number: str
    service_code: str
    service_name: Texts
    substatus: Substatus
    steps: list[str] = Field(description="What may be done with it now.")
    since: datetime | None = Field(description="When it came to stand there.")
    queue: str
    crew: str | None
    priority: bool = Field(description="It came back: the resident disputed the closing.")
    reopen_count: int
    scheduled_for: datetime | None
    assigned_at: datetime
    opened_at: datetime
    updated_at: datetime
    due_at: datetime | None
    deadline_at: datetime | None
    expected_at: datetime | None
    description: str
    address: str | None
    latitude: float | None
    longitude: float | None
    area: dict[str, str]
    asset_id: str | None
    setting: str | None
    attributes: dict[str, Any]
    photos: list[ShownPhoto]
    requester_language: str = Field(description="The language of the explanation a closing needs.")
    has_contact: bool
    details_url: str
    words_url: str | None = Field(None, description="Where the words lie with which it came back; survey's are masked.")
    change: int = Field(description="Grows with each change; keep the newest.")


class DeskPraise(BaseModel):
    """Somebody thanks one of your crews."""

    feedback_id: UUID
    at: datetime
    crew: str | None
    service_code: str | None
    tracking_number: str | None
    rating: int | None
    words_url: str | None = Field(description="Where its words are read, masked.")


class DeskQueue(BaseModel):
    """A page of an agency's open assignments."""

    items: list[DeskItem]
    next: str | None


class DeskChanges(BaseModel):
    """What changed since the cursor; `gone` are no longer yours to work on."""

    items: list[DeskItem]
    gone: list[UUID]
    cursor: str
    more: bool


class DeskResult(BaseModel):
    """What became of one action: 200 taken, 202 held for a second person, else why not and what is allowed."""

    client_id: str
    status: int
    assignment_id: UUID | None = None
    substatus: str | None = None
    request_substatus: str | None = None
    ended: bool | None = None
    steps: list[str] = []
    repeated: bool = False
    code: str | None = None
    field: str | None = Field(None, description="Which part of the action is wrong.")
    detail: str | None = None
    allowed: list[str] = []


class Synced(DeskChanges):
    """Each action's answer, in order, then what changed since the cursor."""

    results: list[DeskResult]
