"""What survey takes and answers over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.survey import FeedbackKind, FollowUpKind, FollowUpState, Stage
from contracts.vocabulary import Channel


def _kept(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("has halves of letters; send whole ones") from None
    if "\x00" in text:
        raise ValueError("has a character that cannot be kept (U+0000); leave it out")
    return text


Words: TypeAlias = Annotated[str, AfterValidator(_kept)]
"""What a database can keep."""


class ShownQuestion(BaseModel):
    """One question; ratings run from 1 (`lowest`) to 5 (`highest`)."""

    code: str
    kind: str
    label: str
    lowest: str | None
    highest: str | None
    required: bool


class ShownSurvey(BaseModel):
    """The survey of one invitation in its reader's language; `state` tells whether it can still be answered."""

    invitation_id: UUID
    tracking_number: str
    service: str
    language: str
    state: str
    introduction: str
    questions: list[ShownQuestion]


class ShownResult(BaseModel):
    """Answers by service and agency. With fewer than five, `suppressed` is true and every figure is null."""

    service_code: str
    agency: str | None
    invited: int
    answered: int | None
    response_rate: float | None
    work_rating: float | None
    handling_rating: float | None
    agent_rating: float | None
    done_share: float | None
    disputed: int | None
    suppressed: bool


class ComparedLine(BaseModel):
    """One value of what results are shown by. `representation` above 1: heard more often than it should be."""

    value: str
    closed: int
    invited: int
    answered: int | None
    response_rate: float | None
    share_of_closed: float
    share_of_answers: float | None
    representation: float | None
    work_rating: float | None
    handling_rating: float | None
    agent_rating: float | None
    done_share: float | None
    disputed: int | None
    suppressed: bool


class Compared(BaseModel):
    """Answers held against all that was closed. `bias`: the share of answers that would have to move to agree."""

    closed: int
    asked: int
    answered: int | None
    response_rate: float | None
    passive_rate: float | None
    bias: float | None
    work_rating: float | None
    weighted_work_rating: float | None
    suppressed: bool
    lines: list[ComparedLine]


class ShownSharing(BaseModel):
    """What an agency was told of the results of a time, by its agreement; few answers are kept back in it."""

    agency: str
    since: date
    until: date
    at: datetime
    role: str
    figures: dict[str, Any]


class StageLine(BaseModel):
    """What was heard of one part of the way: asked at the end, and said unasked on the way or later."""

    stage: Stage
    asked: int | None
    rating: float | None
    unasked: int | None
    unasked_rating: float | None
    praise: int | None
    complaints: int | None
    suppressed: bool


class ShownClosures(BaseModel):
    """How much was closed, with work and without, and how much of it followed a reopening."""

    value: str
    closed: int
    fixed: int
    without_work: int
    reopened: int
    reopen_rate: float


class ShownNote(BaseModel):
    """What somebody noted."""

    at: datetime
    by: str
    note: str


class ShownFollowUp(BaseModel):
    """Something to look after."""

    follow_up_id: UUID
    kind: FollowUpKind
    state: FollowUpState
    agency: str
    role: str
    level: int
    opened_at: datetime
    due_at: datetime
    service_code: str | None
    tracking_number: str | None
    reason: str
    outcome: str | None
    notes: list[ShownNote] | None


class FollowUpStep(BaseModel):
    """What is done with it: a state, a note, or both; to settle it an outcome of the city's."""

    model_config = ConfigDict(extra="forbid")
    state: FollowUpState | None = None
    outcome: str | None = Field(None, max_length=40)
    note: Words | None = Field(None, min_length=1, max_length=4000)


class OpenSurvey(BaseModel):
    """What somebody was asked about a closing and has not answered; codes of questions as they are to be answered."""

    invitation_id: UUID
    language: str
    expires_at: datetime
    questions: list[str]


class SpokenAnswers(BaseModel):
    """What somebody answered to an agent: codes of questions and answers, as on the page."""

    model_config = ConfigDict(extra="forbid")
    answers: dict[str, Any]
    via: Channel = Channel.PHONE


class FeedbackBody(BaseModel):
    """What somebody says; all but the kind and the words may be left out."""

    model_config = ConfigDict(extra="forbid")
    kind: FeedbackKind
    text: Words = Field(min_length=1, max_length=4000)
    category: Words | None = Field(None, max_length=40)
    agency: Words | None = Field(None, max_length=40)
    crew: Words | None = Field(None, max_length=100)
    service_code: Words | None = Field(None, max_length=40)
    tracking_number: Words | None = Field(None, max_length=40)
    rating: int | None = Field(None, ge=1, le=5)
    via: Channel = Channel.WEB
    language: Words | None = Field(None, max_length=20)
    invitation_id: UUID | None = Field(None, description="With `token`: of the link to your survey.")
    contact: Words | None = Field(
        None, max_length=100, description="With `token`: of your account's or request's link."
    )
    token: Words | None = Field(None, max_length=100, description="Says that it is you, to be answered and forgotten.")
    stage: Stage | None = Field(None, description="Which part of the way it is about.")


class FeedbackTaken(BaseModel):
    """It was taken; `token` opens what becomes of it."""

    feedback_id: UUID
    token: str
    agency: str


class ShownFeedback(BaseModel):
    """Feedback with the public copy of its words."""

    feedback_id: UUID
    recorded_at: datetime
    kind: FeedbackKind
    category: str | None
    agency: str
    crew: str | None
    service_code: str | None
    tracking_number: str | None
    rating: int | None
    stage: Stage | None
    public_words: str | None
    reply: str | None


class ReplyBody(BaseModel):
    """What the agency answers."""

    model_config = ConfigDict(extra="forbid")
    text: Words = Field(min_length=1, max_length=4000)


class AssessmentBody(BaseModel):
    """What the results of a time say, and what is changed because of it."""

    model_config = ConfigDict(extra="forbid")
    since: date
    until: date
    agency: Words | None = Field(None, max_length=40)
    findings: Words = Field(min_length=1, max_length=8000)
    changes: Words = Field("", max_length=8000)
