"""Which agency does what: ordered rules; the first that matches wins."""

from collections.abc import Mapping

from pydantic import Field

from contracts.city.base import CityModel, Code, LocalizedText, Share, Slug
from contracts.city.services import LocationKind


class When(CityModel):
    """What must hold for a rule: each named attribute, area and kind of location has one of its values.

    Empty means always. Areas are by kind, for example `{council_district: ["4", "5"]}`.
    """

    attributes: Mapping[Code, tuple[str, ...]] = {}
    areas: Mapping[Code, tuple[str, ...]] = {}
    location_kind: tuple[LocationKind, ...] = ()

    def tests(self) -> dict[tuple[str, str], frozenset[str]]:
        """Every test of this condition by what it looks at, with the values it accepts."""
        tests = {("attribute", name): frozenset(values) for name, values in self.attributes.items()}
        tests |= {("area", kind): frozenset(ids) for kind, ids in self.areas.items()}
        return tests | ({("location", "kind"): frozenset(self.location_kind)} if self.location_kind else {})

    def covers(self, other: "When") -> bool:
        """Whether everything that matches the other condition also matches this one.

        >>> When().covers(When(attributes={"condition": ("dead",)}))
        True
        >>> When(attributes={"condition": ("dead",)}).covers(When())
        False
        """
        theirs = other.tests()
        return all(looked in theirs and theirs[looked] <= accepted for looked, accepted in self.tests().items())


class Desk(CityModel):
    """A queue of an agency."""

    agency: Slug
    queue: Slug


class Rule(CityModel):
    """Requests of these services that meet the condition go to this queue; `also` names desks that work in parallel."""

    id: Slug
    version: int = Field(ge=1)
    services: tuple[Slug, ...] = Field(min_length=1)
    when: When = When()
    agency: Slug
    queue: Slug
    also: tuple[Desk, ...] = ()
    reason: LocalizedText
    confidence: Share = 1.0
