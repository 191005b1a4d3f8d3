"""What a service must have before it goes live: a process residents can read, an owner, words, measures, a standing."""

import datetime as dt
from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Code, LocalizedText, Share, Slug
from contracts.vocabulary import Substatus

Measure = Literal["days_to_close", "on_time_share", "reopened_share", "first_response", "survey_rating"]


ALL_MOVED = 0.95
"""From this share on a service counts as moved: some people will always call whom they know."""


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


class Change(CityModel):
    """The way a service is done today beside the one that is wanted, its process: what lies between, and how far it is.

    `sponsor` is the role of the owner's escalation chain that stands for the change, `by` the day it is to be reached.
    """

    as_is: LocalizedText
    gap: LocalizedText
    status: Literal["not_begun", "under_way", "reached"]
    sponsor: Slug
    by: dt.date
    source: str = Field(min_length=1)


class Move(CityModel):
    """A routine service moves from a department's own call center to 311: how much of it has, and by when all shall.

    `call_center` is the line that still takes it, one of `transfers.yaml`; `share_moved` the newest known share that
    comes in through 311.
    """

    call_center: Slug | None = None
    share_moved: Share
    by: dt.date
    source: str = Field(min_length=1)


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
    change: Change | None = None
    move: Move | None = None
    standing: Standing = Standing()
    source: str = Field(min_length=1)

    def late(self, today: dt.date) -> tuple[Literal["change", "move"], ...]:
        """Say what has not been reached by its day.

        >>> move = Move(share_moved=0.9, by=dt.date(2026, 6, 30), source="example")
        >>> trees = Onboarding(service="trees", move=move, source="example")
        >>> trees.late(dt.date(2026, 7, 1)), trees.late(dt.date(2026, 6, 30))
        (('move',), ())
        """
        change = self.change is not None and self.change.status != "reached" and self.change.by < today
        move = self.move is not None and self.move.share_moved < ALL_MOVED and self.move.by < today
        return (*(("change",) if change else ()), *(("move",) if move else ()))


class OnboardingFile(CityModel):
    """`onboarding.yaml`."""

    resident: LocalizedText = Field(description="what a resident is called in the steps, for example You")
    processes: tuple[Process, ...]
    services: tuple[Onboarding, ...]
