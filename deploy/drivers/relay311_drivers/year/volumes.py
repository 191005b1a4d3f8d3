"""A city's volumes: how many requests a year brings, whose they are, how they come in and when."""

import random
from collections.abc import Mapping
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Annotated, Final, Generic, Self, TypeVar

from pydantic import Field, model_validator

from contracts.city import City
from contracts.city.base import CityModel, Share, Slug
from contracts.city.problems import Findings
from contracts.city.yamllines import read_yaml
from contracts.vocabulary import Channel, Operator
from relay311_drivers.problems import DriverError

FILE: Final = "volumes.yaml"
_RARE: Final = 0.25

Weight = Annotated[float, Field(ge=0)]
Thing = TypeVar("Thing")


class AgencyVolume(CityModel):
    """An agency's requests in a year, and who took them in."""

    agency: Slug
    requests: int = Field(ge=1)
    operators: dict[Operator, Weight] = Field(min_length=1)


class Volumes(CityModel):
    """`volumes.yaml`. Weights of one list need not add up; a city without the file has these even ones."""

    requests: int = Field(100_000, ge=1)
    year: int = Field(2025, ge=2000, le=2100)
    agencies: tuple[AgencyVolume, ...] = ()
    others: dict[Operator, Weight] = Field({Operator.CITY_311: 1}, min_length=1)
    channels: dict[Operator, dict[Channel, Weight]] = Field(
        {Operator.CITY_311: {Channel.PHONE: 1, Channel.APP: 1, Channel.WEB: 1}}
    )
    languages: dict[str, Weight] = Field({"en": 1}, min_length=1)
    reachable: Share = 0.9
    months: tuple[Weight, ...] = Field((1,) * 12, min_length=12, max_length=12)
    weekdays: tuple[Weight, ...] = Field((1,) * 7, min_length=7, max_length=7)
    hours: tuple[Weight, ...] = Field((1,) * 24, min_length=24, max_length=24)
    days_80: float = Field(10, gt=0, description="Days within which 80 % are closed, where nothing is printed.")

    @model_validator(mode="after")
    def _operators_have_channels(self) -> Self:
        named = {operator for agency in self.agencies for operator in agency.operators} | set(self.others)
        missing = sorted(named - set(self.channels))
        if missing:
            raise ValueError(f"has no channels for {', '.join(missing)}; say how reports come in there")
        return self


def read_volumes(city: City) -> Volumes:
    """Read the city's volumes; even ones without the file. Raises DriverError for a file that is wrong."""
    return _read(city.folder / FILE, tuple(city.profile.languages))


@lru_cache(maxsize=8)
def _read(path: Path, languages: tuple[str, ...]) -> Volumes:
    if not path.exists():
        return Volumes(languages=dict.fromkeys(languages[:2], 1.0))
    findings = Findings()
    volumes = findings.check(read_yaml(path), Volumes, languages)
    if volumes is None:
        raise DriverError("\n".join(map(str, findings.problems)))
    return volumes


class Mix:
    """Draws services and origins as often as a city's volumes say."""

    def __init__(self, city: City) -> None:
        self.volumes = read_volumes(city)
        self._services = _Lot(services_by_weight(city, self.volumes))
        self._operators = {one.agency: _Lot(one.operators) for one in self.volumes.agencies}
        self._channels = {operator: _Lot(weights) for operator, weights in self.volumes.channels.items()}
        self._languages = _Lot(self.volumes.languages)
        self._others = _Lot(self.volumes.others)
        self._agency = {code: owner(city, code) for code in city.services}

    def service(self, chance: random.Random) -> str:
        """Draw a service's code."""
        return self._services.draw(chance)

    def origin(self, service: str, chance: random.Random) -> tuple[Channel, Operator]:
        """Draw how a report of a service comes in, and by whom."""
        operator = self._operators.get(self._agency[service] or "", self._others).draw(chance)
        return self._channels[operator].draw(chance), operator

    def language(self, chance: random.Random) -> str:
        """Draw the language of a report."""
        return self._languages.draw(chance)


class _Lot(Generic[Thing]):
    """Things with weights, added up once: drawing is the hot path."""

    def __init__(self, weights: Mapping[Thing, float]) -> None:
        self._things = list(weights)
        self._sums = list(accumulate(weights.values()))

    def draw(self, chance: random.Random) -> Thing:
        return chance.choices(self._things, cum_weights=self._sums)[0]


_MIXES: Final[dict[tuple[Path, str], Mix]] = {}


def mix_of(city: City) -> Mix:
    """Give the city's mix, made once."""
    known = (city.folder, city.version)
    if known not in _MIXES:
        _MIXES[known] = Mix(city)
    return _MIXES[known]


def owner(city: City, service: str) -> str | None:
    """Name the agency that takes a service when nothing special is said; None for what the triage desk reads."""
    rules = city.rules_by_service.get(service, ())
    return rules[-1].agency if rules else None


def services_by_weight(city: City, volumes: Volumes) -> dict[str, float]:
    """Say how many requests of a year ask for each service.

    An agency's printed requests are spread over its services by their printed counts; what is left of the year goes
    over the services of the agencies that are not named.
    """
    counts = service_weights(city)
    printed = {one.agency: one.requests for one in volumes.agencies}
    printed_or_rest = printed | {"": max(1, volumes.requests - sum(printed.values()))}
    group = {code: agency if (agency := owner(city, code) or "") in printed else "" for code in counts}
    sums: dict[str, float] = {}
    for code, weight in counts.items():
        sums[group[code]] = sums.get(group[code], 0.0) + weight
    return {code: printed_or_rest[group[code]] * weight / sums[group[code]] for code, weight in counts.items()}


def service_weights(city: City) -> dict[str, float]:
    """Say how often each service is asked for: its printed count, and a quarter of the smallest one where none is.

    A service whose finished work somebody looks at is left to people: a report made up here runs to its end by itself.
    """
    rare = _RARE * min((baseline.n for baseline in city.baselines.values()), default=1)
    looked_at = {code for entry in city.steps.verifications for code in entry.services}
    enabled = (one.code for one in city.services.values() if one.enabled and one.code not in looked_at)
    return {code: city.baselines[code].n if code in city.baselines else rare for code in enabled}
