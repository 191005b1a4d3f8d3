"""What an agency and 311 agreed on: by when, who signed, how residents are asked, and who hears what they said."""

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Code, Share, Slug
from contracts.city.promises import Span


class SurveyProtocol(CityModel):
    """How residents are asked about this agency's work; what is left out is as `survey.yaml` and the service say."""

    asked_after: Literal["closing", "promised_fix"] = Field(
        "promised_fix", description="from the closing on, or from when its result is there to see"
    )
    delay_hours: float | None = Field(None, ge=0, le=8760, description="from then until they are asked")
    share: Share | None = Field(None, description="the part of closings that is asked about")
    questions: tuple[Code, ...] = Field((), description="of survey.yaml; empty: all of them")
    reminder_days: int | None = Field(None, ge=0, le=365, description="after the invitation, once; 0 for never")


class FeedbackTerms(CityModel):
    """What the agency is told of what residents said, how often, who there reads it, and how soon it is answered."""

    shared_every: Span
    shared_with: Slug = Field(description="a role of the agency, never a person")
    covers: tuple[Literal["ratings", "comments", "disputes", "complaints"], ...] = Field(min_length=1)
    answered_by: Slug | None = Field(None, description="the role that answers first; none: the chain for complaints")
    hours: float | None = Field(None, gt=0, le=8760, description="until a low rating or feedback is settled")
    complaint_hours: float | None = Field(None, gt=0, le=8760, description="until a complaint is")


class Agreement(CityModel):
    """One version of the agreement with an agency, about some of its services or, when none is named, all of them.

    What is not signed is written down all the same, so that it can be seen and counted.
    """

    agency: Slug
    version: int = Field(ge=1)
    services: tuple[Slug, ...] = ()
    signed: bool
    signed_by: str | None = Field(None, description="the office that signed, never a person's name")
    signed_on: dt.date | None = None
    effective_from: dt.date
    effective_until: dt.date | None = None
    survey: SurveyProtocol = SurveyProtocol()
    feedback: FeedbackTerms
    calendar: Slug | None = Field(None, description="working time agreed on, in place of the agency's own")
    set_by: str = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _signature_is_whole(self) -> "Agreement":
        if self.signed != bool(self.signed_by and self.signed_on):
            raise ValueError("a signed agreement names signed_by and signed_on, an unsigned one neither")
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise ValueError("ends before it begins; correct effective_until")
        return self

    def holds_on(self, day: dt.date) -> bool:
        """Whether it holds on a day: from its first, until the one on which it no longer does."""
        return self.effective_from <= day and (self.effective_until is None or day < self.effective_until)

    def is_about(self, service: str, on: dt.date) -> bool:
        """Whether it holds for a service on this day."""
        return self.holds_on(on) and (not self.services or service in self.services)
