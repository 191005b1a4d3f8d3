"""How sure the reader of words must be, what is said of it, and how the triage desk works."""

from typing import Self

from pydantic import Field, model_validator

from contracts.city.base import PLACEHOLDER, CityModel, LocalizedText, Share
from contracts.vocabulary import Channel

SAYS = frozenset({"service", "percent", "next", "agency"})
"""What the sentence of a reading may name: the service read and how sure, the next likeliest, the agency it goes to."""


class TriageFile(CityModel):
    """`triage.yaml`. Readings this sure are acted upon; less sure ones are suggested; the rest is not shown."""

    assign_from: Share
    suggest_from: Share
    guessed_channels: tuple[Channel, ...] = Field(
        default=(), description="doors that ask nothing, where the service was guessed: a sure reading corrects it"
    )
    reason: LocalizedText
    claim_minutes: float = Field(default=15, gt=0, le=480, description="how long a clerk may hold a request to read it")
    fewest_settled: int = Field(default=500, ge=50, description="settled requests that training needs at least")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.suggest_from > self.assign_from:
            raise ValueError("suggest_from is above assign_from; what is sure enough to act upon is shown too")
        unknown = {name for text in self.reason.root.values() for name in PLACEHOLDER.findall(text)} - SAYS
        if unknown:
            raise ValueError(f"reason names {', '.join(sorted(unknown))}; it may name {', '.join(sorted(SAYS))}")
        return self
