"""Bodies of duplicates: candidates, following and linking."""

from uuid import UUID

from pydantic import BaseModel, Field

from contracts.event import Texts
from contracts.vocabulary import Status
from intake.schemas.requests import Body, PossibleDuplicate
from intake.schemas.told import ToldReporter


class PossibleDuplicates(BaseModel):
    """What a report may be the same as: open ones first, the likeliest first, at most five."""

    candidates: list[PossibleDuplicate]


class FollowBody(Body):
    """Who wants to be told."""

    reporter: ToldReporter


class FollowedRequest(BaseModel):
    """What is followed, and when it will be done."""

    request_id: UUID
    tracking_number: str
    status: Status
    forecast: Texts
    status_url: str


class KinBody(Body):
    """The number of another request."""

    number: str = Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")


class Kin(BaseModel):
    """Whom a request follows now; None when it stands for itself."""

    request_id: UUID
    parent_request_id: UUID | None = None
