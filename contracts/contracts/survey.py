"""What survey publishes: invitations and answers."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import RequestEvent


class SurveyInvited(RequestEvent):
    """Ask this contact about this closure. The link's secret never travels here."""

    TYPE: ClassVar[str] = "survey.invited"
    invitation_id: UUID
    closure_id: UUID
    contact_ref: str


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
