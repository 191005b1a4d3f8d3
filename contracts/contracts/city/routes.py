"""Which agency does what: ordered rules, each with its version and its days; the first that matches wins."""

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.city.base import CityModel, Code, LocalizedText, Share, Slug
from contracts.city.grounds import AssetOwner, Outline
from contracts.city.services import LocationKind
from contracts.city.weekhours import WeekHours
from contracts.vocabulary import Channel

DayKind = Literal["working_day", "day_off"]


class When(CityModel):
    """What must hold for a rule: everything that is named here has one of its values. Empty means always.

    Areas are by kind, for example `{council_district: ["4", "5"]}`; `outlines` and `asset_owner` name what the same
    file draws and lists. Hours and days are those in which the request was opened, in the city's own time.
    """

    attributes: Mapping[Code, tuple[str, ...]] = {}
    areas: Mapping[Code, tuple[str, ...]] = {}
    location_kind: tuple[LocationKind, ...] = ()
    outlines: tuple[Slug, ...] = ()
    asset_owner: tuple[Slug, ...] = ()
    channels: tuple[Channel, ...] = ()
    hours: tuple[WeekHours, ...] = Field((), description="for example `Mon-Fri 22:00-06:00`; may run past midnight")
    calendar: tuple[DayKind, ...] = Field((), description="working days are those of calendar.yaml, without holidays")

    @cached_property
    def is_always(self) -> bool:
        """Whether nothing is asked."""
        return not self.tests()

    def tests(self) -> dict[tuple[str, str], frozenset[object]]:
        """Every test of this condition by what it looks at, with the values it accepts."""
        found: dict[tuple[str, str], frozenset[object]] = {}
        found |= {("attribute", name): frozenset(values) for name, values in self.attributes.items()}
        found |= {("area", kind): frozenset(ids) for kind, ids in self.areas.items()}
        plain = {"location_kind": self.location_kind, "outline": self.outlines, "asset_owner": self.asset_owner,
                 "channel": self.channels, "calendar": self.calendar}  # fmt: skip
        found |= {(name, ""): frozenset(values) for name, values in plain.items() if values}
        return found | ({("hours", ""): frozenset().union(*(h.minutes for h in self.hours))} if self.hours else {})

    def covers(self, other: "When") -> bool:
        """Whether everything that matches the other condition also matches this one.

        >>> When().covers(When(attributes={"condition": ("dead",)}))
        True
        >>> When(attributes={"condition": ("dead",)}).covers(When())
        False
        >>> day, noon = When(hours=("Mon-Sun 06:00-18:00",)), When(hours=("Mon-Fri 12:00-13:00",))
        >>> day.covers(noon), noon.covers(day)
        (True, False)
        """
        theirs = other.tests()
        return all(looked in theirs and theirs[looked] <= accepted for looked, accepted in self.tests().items())


class Desk(CityModel):
    """A queue of an agency."""

    agency: Slug
    queue: Slug


class Rule(CityModel):
    """Requests of these services that meet the condition go to this queue; `also` names desks that work in parallel.

    A rule that changes keeps its id and gets the next version. `effective_from` is its first day, `effective_until` the
    first day on which it no longer holds; neither means always. `before` names later rules that may match the same
    request, where only the order tells which agency gets it: it says that this was seen and meant.
    """

    id: Slug
    version: int = Field(ge=1)
    effective_from: dt.date | None = None
    effective_until: dt.date | None = None
    services: tuple[Slug, ...] = Field(min_length=1)
    when: When = When()
    before: tuple[Slug, ...] = ()
    agency: Slug
    queue: Slug
    also: tuple[Desk, ...] = ()
    reason: LocalizedText
    confidence: Share = 1.0

    def is_in_force(self, day: dt.date | None) -> bool:
        """Whether the rule holds on a day of the city; no day asks only for rules that hold on some day.

        >>> rule = Rule(id="r", version=2, services=("pothole",), agency="roads", queue="crew",
        ...             reason={"en": "A road."}, effective_from="2026-07-01", effective_until="2027-01-01")
        >>> [rule.is_in_force(dt.date(*day)) for day in ((2026, 6, 30), (2026, 7, 1), (2026, 12, 31), (2027, 1, 1))]
        [False, True, True, False]
        """
        first, end = self.effective_from, self.effective_until
        return day is None or ((first is None or first <= day) and (end is None or day < end))

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.effective_from and self.effective_until and self.effective_until <= self.effective_from:
            raise ValueError("ends before it begins; effective_until is the first day on which it no longer holds")
        return self


class Sentences(CityModel):
    """What a resident reads when a person, and no rule, gave the request to an agency."""

    triage: LocalizedText
    reopened: LocalizedText


class RuleSet(CityModel):
    """`routes.yaml`: all rules of a city in their order of trial; each change of the file gets the next version."""

    version: int = Field(default=1, ge=1)
    sentences: Sentences | None = None
    outlines: tuple[Outline, ...] = ()
    assets: tuple[AssetOwner, ...] = ()
    rules: tuple[Rule, ...]

    @cached_property
    def by_service(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules of each service that has any, in their order of trial."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            for code in rule.services:
                found.setdefault(code, []).append(rule)
        return {code: tuple(rules) for code, rules in found.items()}
