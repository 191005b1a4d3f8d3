"""Bodies about how far forms have come."""

from datetime import datetime

from pydantic import BaseModel, Field

from contracts.vocabulary import Channel
from intake.domain.forms import Step
from intake.schemas.requests import Body


class FormStep(Body):
    """A step of a form was reached. `visit` is drawn by chance for each filling-in, and names nobody."""

    visit: str = Field(min_length=16, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")
    step: Step
    service_code: str | None = Field(None, max_length=40)
    channel: Channel = Channel.WEB
    again: bool = Field(default=False, description="Whether this browser has sent a form before, as it remembers.")


class FormStepTaken(BaseModel):
    """The step was counted."""

    step: Step


class FormPace(BaseModel):
    """Seconds from the beginning to the sending: of half the forms, and of nine in ten."""

    sent: int
    half: float
    most: float


class FormLine(BaseModel):
    """How one form fares in one channel; counts too small to be shown are null."""

    service_code: str | None
    channel: Channel
    begun: int | None
    sent: int | None
    given_up: int | None
    under_way: int | None
    completion: float | None
    given_up_after: dict[Step, int | None] | None
    seconds: dict[str, FormPace] | None
    suppressed: bool


class Forms(BaseModel):
    """How forms fare that were begun in a time."""

    since: datetime
    until: datetime
    forms: list[FormLine]
