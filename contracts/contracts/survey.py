"""What survey publishes: invitations, answers, feedback that nobody asked for, and who follows it up until when."""

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event, RequestEvent, Texts, Utc
from contracts.vocabulary import Channel


class FeedbackKind(StrEnum):
    """What somebody says to the city without having been asked."""

    FEEDBACK = "feedback"
    PRAISE = "praise"
    COMPLAINT = "complaint"


class Stage(StrEnum):
    """Where on its way a request is when somebody says how it goes."""

    INTAKE = "intake"
    WORK = "work"
    CLOSURE = "closure"


class FollowUpKind(StrEnum):
    """Why somebody of the city looks after an answer."""

    CLOSURE_REVIEW = "closure_review"
    LOW_RATING = "low_rating"
    COMPLAINT = "complaint"
    REPLY = "reply"
    ASSESSMENT = "assessment"


class FollowUpState(StrEnum):
    """Where a follow-up stands."""

    OPEN = "open"
    TAKEN = "taken"
    SETTLED = "settled"


class SurveyInvited(RequestEvent):
    """Ask this contact about this closure, or remind them once. The link's secret never travels here."""

    TYPE: ClassVar[str] = "survey.invited"
    invitation_id: UUID
    closure_id: UUID
    contact_ref: str
    reminder: bool = Field(default=False, description="Asked before and not answered; told once.")
    expires_at: Utc | None = Field(None, description="Until when it can be answered.")
    questions: tuple[str, ...] = Field((), description="What is asked, by the city's codes; empty: all that it asks.")


class SurveyAnswered(RequestEvent):
    """Ratings from 1 (poor) to 5 (good); a dispute names its closure. The comment stays in survey, by reference."""

    TYPE: ClassVar[str] = "survey.answered"
    invitation_id: UUID
    closure_id: UUID
    contact_ref: str
    work_rating: int | None = Field(None, ge=1, le=5, description="Quality of the work.")
    handling_rating: int | None = Field(None, ge=1, le=5, description="How the city handled the request.")
    agent_rating: int | None = Field(None, ge=1, le=5, description="Counted apart from fulfilment.")
    done: bool | None = Field(None, description="Was it really done?")
    disputed: bool = False
    comment_ref: str | None = None
    via: Channel = Field(
        Channel.WEB, description="How it was answered: by link, by text or by the keys of a telephone."
    )


class FeedbackRecorded(Event):
    """Somebody said something nobody had asked for, praised a crew or complained. The words stay in survey."""

    TYPE: ClassVar[str] = "feedback.recorded"
    feedback_id: UUID
    kind: FeedbackKind
    category: str | None = Field(None, description="The city's code of what a complaint is about.")
    agency: str = Field(description="Whose matter it is; the one that runs 311 where nobody can tell.")
    crew: str | None = Field(None, description="The team that did the work, by its own name.")
    service_code: str | None = None
    tracking_number: str | None = None
    request_id: UUID | None = None
    rating: int | None = Field(None, ge=1, le=5)
    via: Channel = Channel.WEB
    language: str = "en"
    comment_ref: str | None = None
    stage: Stage | None = Field(None, description="Which part of the way it is about, where that is known.")

    @property
    def key(self) -> str:
        """The feedback's id as text."""
        return str(self.feedback_id)


class FollowUpChanged(Event):
    """A low rating or a complaint is somebody's to look after until a date: opened, taken, late or settled.

    Told each time somebody should hear of it: when it is opened, before it is due, when it is late, when it is settled.
    """

    TYPE: ClassVar[str] = "followup.changed"
    follow_up_id: UUID
    version: int = Field(ge=1, description="Counts the changes of one follow-up, from 1.")
    kind: FollowUpKind
    state: FollowUpState
    agency: str
    role: str = Field(description="Who has it now: a role of the agency's chain for complaints.")
    level: int = Field(0, ge=0, description="How often it went up because nobody settled it in time.")
    opened_at: Utc
    due_at: Utc
    service_code: str | None = None
    tracking_number: str | None = None
    request_id: UUID | None = None
    closure_id: UUID | None = None
    invitation_id: UUID | None = None
    feedback_id: UUID | None = None
    reason: str = Field("", description="What called for it: the measure with its rating, or the category.")
    outcome: str | None = Field(None, description="How it was settled, by the city's code.")
    title: Texts = Field({}, description="What the role is called.")
    what: Texts = Field({}, description="What is to be looked after, in words: never the resident's own.")
    overdue: bool = Field(default=False, description="`due_at` has passed and it is not settled.")
    contact_ref: str | None = Field(
        None, description="Whoever told the city so unasked; named once it is settled, for they are told how."
    )
    reminder: int = Field(
        0,
        ge=0,
        description="Which reminder this is of whoever has it already; 0 when they are told first, or it moves.",
    )

    @property
    def key(self) -> str:
        """The follow-up's id as text."""
        return str(self.follow_up_id)
