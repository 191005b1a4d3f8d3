"""What a service must have before it goes live: a process residents can read, an owner, words, measures, a standing."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Code, LocalizedText, Slug
from contracts.vocabulary import Substatus

Measure = Literal["days_to_close", "on_time_share", "reopened_share", "first_response", "survey_rating"]


class Standing(CityModel):
    """Where a service is open.

    A pilot is open in the areas named, for the agencies named, or both; elsewhere a person finds the desk, as for a
    service that is off.

    >>> pilot = Standing(mode="pilot", areas={"council_district": ("4",)})
    >>> pilot.takes({"council_district": "4"}, "roads"), pilot.takes({}, "roads"), Standing().takes({}, "roads")
    (True, False, True)
    """

    mode: Literal["live", "pilot", "off"] = "live"
    areas: Mapping[Code, tuple[str, ...]] = {}
    agencies: tuple[Slug, ...] = ()

    def takes(self, areas: Mapping[str, str], agency: str) -> bool:
        """Whether a request in these areas may go to this agency by rule."""
        if self.mode != "pilot":
            return self.mode == "live"
        inside = all(areas.get(kind) in ids for kind, ids in self.areas.items())
        return inside and (not self.agencies or agency in self.agencies)

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.mode == "pilot") != bool(self.areas or self.agencies):
            raise ValueError(
                "names areas or agencies exactly when it is a pilot; a pilot is somewhere, live is everywhere"
            )
        return self


class Step(CityModel):
    """One stage of the work on a service: who does it, and what has come of it when it is over."""

    code: Code
    name: LocalizedText
    who: Literal["resident", "city_311", "agency"]
    outcome: LocalizedText
    substatus: Substatus | None = Field(default=None, description="where an open request stands meanwhile")


class Process(CityModel):
    """The stages of a kind of work, in order, from the report to its end."""

    slug: Slug
    name: LocalizedText
    steps: tuple[Step, ...] = Field(min_length=3)


class Owner(CityModel):
    """Who answers for a service: a role of an agency's escalation chain."""

    agency: Slug
    role: Slug


class Onboarding(CityModel):
    """How far a service has come. What it still lacks may be left out while the service is not enabled.

    `vocabulary` is what the department calls it in its own system; `no_target` the stated reason for having none.
    """

    service: Slug
    phase: int = Field(default=1, ge=1, description="the step of the city's roll-out in which it goes live")
    owner: Owner | None = None
    process: Slug | None = None
    vocabulary: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()
    no_target: LocalizedText | None = None
    standing: Standing = Standing()
    source: str = Field(min_length=1)


class OnboardingFile(CityModel):
    """`onboarding.yaml`."""

    resident: LocalizedText = Field(description="what a resident is called in the steps, for example You")
    processes: tuple[Process, ...]
    services: tuple[Onboarding, ...]
