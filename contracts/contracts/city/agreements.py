"""What an agency and 311 agreed on: by when, who signed, how residents are asked, and who hears what they said."""

import datetime as dt
from typing import Literal

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Share, Slug
from contracts.city.promises import Span


class SurveyProtocol(CityModel):
    """How residents are asked about this agency's work."""

    asked_after: Literal["closing", "promised_fix"] = "closing"
    share: Share = Field(1.0, description="the part of closings that is asked about")


class FeedbackTerms(CityModel):
    """What the agency is told of what residents said, how often, and who there reads it."""

    shared_every: Span
    shared_with: Slug = Field(description="a role of the agency, never a person")
    covers: tuple[Literal["ratings", "comments", "disputes", "complaints"], ...] = Field(min_length=1)


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
    set_by: str = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _signature_is_whole(self) -> "Agreement":
        if self.signed != bool(self.signed_by and self.signed_on):
            raise ValueError("a signed agreement names signed_by and signed_on, an unsigned one neither")
        if self.effective_until is not None and self.effective_until <= self.effective_from:
            raise ValueError("ends before it begins; correct effective_until")
        return self

    def is_about(self, service: str, on: dt.date) -> bool:
        """Whether it holds for a service on this day."""
        begun = self.effective_from <= on and (self.effective_until is None or on < self.effective_until)
        return begun and (not self.services or service in self.services)
