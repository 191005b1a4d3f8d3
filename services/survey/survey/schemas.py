"""What survey answers over HTTP."""

from uuid import UUID

from pydantic import BaseModel


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
