"""Bodies of the reader's doors."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from contracts.event import Texts
from contracts.frontends import Answer
from routing.domain.rules import Question


class Words(BaseModel, extra="forbid"):
    """What somebody says, and where, as far as it is known."""

    text: str = Field(min_length=1, max_length=4000)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    areas: dict[str, str] = Field({}, max_length=20, description="By kind, as in a request's place.")
    attributes: dict[str, Answer] = Field({}, max_length=50)

    def question(self, now: datetime) -> Question:
        """Turn them into what the rules may look at."""
        whole = self.latitude is not None and self.longitude is not None
        spot = (self.latitude or 0.0, self.longitude or 0.0) if whole else None
        return Question("", self.attributes, self.areas, spot, opened_at=now)


class SuggestedService(BaseModel):
    """A service that the words may mean. `score` is how sure (0 to 1): of ten at 0.9, nine are right."""

    service_code: str
    name: Texts
    score: float
    agency: str | None = Field(description="Who would have it, by the city's rules.")


class Elsewhere(BaseModel):
    """Somebody outside 311 who may be the right one, with number and hours as printed."""

    slug: str
    name: Texts
    kind: str
    phone: str | None
    hours: str | None
    is_open: bool | None = Field(description="Now, in the city's own time; null where no hours are known.")
    score: float | None = Field(
        None,
        description="How sure (0 to 1), by what was sent there before; null where only the city's words say so.",
    )


class SuggestedServices(BaseModel):
    """Services the likeliest first, to choose from; `is_sure` says that the city would act on the first by itself."""

    suggestions: list[SuggestedService]
    is_sure: bool
    elsewhere: list[Elsewhere]
    version: int = Field(description="Of the reader; 0 is the one that ships.")


class VersionView(BaseModel):
    """A trained reader and how it did on texts of a later time, beside the one that was in use."""

    version: int
    made_at: datetime
    verdict: str
    examples: int
    marks: dict[str, Any]
    marks_in_use: dict[str, Any]
    against: int
    in_use: bool
    put_to_use_at: datetime | None


class Versions(BaseModel):
    """Every version, the newest first; none in use means that the one that ships reads."""

    in_use: int
    versions: list[VersionView]
