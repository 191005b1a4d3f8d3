"""How sure the reader of words must be, what is said of it, and how the triage desk works."""

from typing import Self

from pydantic import Field, model_validator

from contracts.city.base import PLACEHOLDER, CityModel, LocalizedText, Share
from contracts.vocabulary import Channel

SAYS = frozenset({"service", "percent", "next", "agency"})
"""What the sentence of a reading may name: the service read and how sure, the next likeliest, the agency it goes to."""

_SENTENCE = frozenset({"who", "city", "why", "reach"})
_DIVERTING = {
    **dict.fromkeys(("told", "handed_over", "stays"), _SENTENCE),
    "call": frozenset({"phone", "hours"}),
    "call_any": frozenset({"phone"}),
    "look": frozenset[str](),
    "always": frozenset[str](),
    "week": frozenset({"first", "last", "opens", "closes"}),
}


class Diversions(CityModel):
    """What a resident reads when the triage desk sends a request elsewhere.

    The sentences may name {{ who }}, {{ city }}, {{ why }} and {{ reach }}; `reach` is `call` where there is a number,
    `look` where there is none. Hours are `always`, or `week` with the names of `days` from Monday on.
    """

    told: LocalizedText = Field(description="only told where it belongs: it ends as not our jurisdiction")
    handed_over: LocalizedText = Field(description="passed on to them: it ends as referred outside")
    stays: LocalizedText = Field(description="a desk of the city's own: it stays open")
    call: LocalizedText = Field(description="names {{ phone }} and {{ hours }}")
    call_any: LocalizedText = Field(description="names {{ phone }}, where no hours are known")
    look: LocalizedText
    always: LocalizedText
    week: LocalizedText = Field(description="names {{ first }}, {{ last }}, {{ opens }} and {{ closes }}")
    days: dict[str, tuple[str, ...]] = Field(description="seven names by language, from Monday on")

    @model_validator(mode="after")
    def _may_be_said(self) -> Self:
        for field, may in _DIVERTING.items():
            named = {name for text in getattr(self, field).root.values() for name in PLACEHOLDER.findall(text)}
            if named - may:
                strange = ", ".join(sorted(named - may))
                raise ValueError(f"{field} names {strange}; it may name {', '.join(sorted(may))}")
        if any(len(names) != 7 for names in self.days.values()):  # noqa: PLR2004 - a week
            raise ValueError("days needs seven names in each language, from Monday on")
        return self


class TriageFile(CityModel):
    """`triage.yaml`. Readings this sure are acted upon; less sure ones are suggested; the rest is not shown."""

    assign_from: Share
    suggest_from: Share
    guessed_channels: tuple[Channel, ...] = Field(
        default=(), description="doors that ask nothing, where the service was guessed: a sure reading corrects it"
    )
    reason: LocalizedText
    diversions: Diversions
    referred: LocalizedText = Field(description="said before an agency's own words, when it hands a request on")
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
