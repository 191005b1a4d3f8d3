"""What agencies publish on their own outbox; also the whole of what an agency must know."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event, Texts, Utc
from contracts.intake import Evidence
from contracts.vocabulary import Disposition, ReportKind


class AgencyReport(Event):
    """An agency's step on a request, echoing its `assignment_id`: a stale one is refused. Personal until masked."""

    TYPE: ClassVar[str] = "agency.report"
    request_id: UUID
    assignment_id: UUID
    update_id: str = Field(
        min_length=1, max_length=100, description="The agency's own id of this step; a repeat is ignored."
    )
    kind: ReportKind
    reported_at: Utc = Field(description="When it happened, by the agency's clock.")
    text: str | None = Field(None, max_length=4000, description="Crew's words or a message; masked on entry.")
    scheduled_for: Utc | None = Field(
        None, description="Needed by `scheduled`: when the work is done; with `on_hold`, until when it waits, if known."
    )
    reason_code: str | None = Field(
        None,
        max_length=40,
        description="Why it is referred or cannot be done, one of the city's listed reasons: said in every language.",
    )
    refer_to: str | None = Field(None, description="The agency it belongs to, when known.")
    hold_reason: str | None = Field(None, max_length=40, description="Needed by `on_hold`: one the city lists.")
    handed_to: str | None = Field(
        None, max_length=40, description="Whoever outside the city has it now, by the slug of the city's transfers."
    )
    duplicate_of: str | None = Field(
        None, max_length=100, description="Needed by `duplicate`: the number of the request that stands for it."
    )
    disposition: Disposition | None = Field(None, description="Needed by `completed` and `cannot_complete`.")
    explanation: Texts = Field({}, description="Needed by `cannot_complete`: what the resident reads.")
    evidence: tuple[Evidence, ...] = Field((), description="Needed by `completed`.")
    photos: tuple[str, ...] = Field(
        (),
        max_length=10,
        description="Pictures of the work, each a claim of intake's POST /photos; they hang on the "
        "request, and show that finished work was done.",
    )
    crew: str | None = Field(
        None, max_length=100, description="The team that has it, by its own name; praise for the work reaches it."
    )
    visible_from: Utc | None = Field(
        None, description="With an ending: when what was promised will be there to see, if later; asked from then on."
    )

    @property
    def key(self) -> str:
        """The request's id as text."""
        return str(self.request_id)
