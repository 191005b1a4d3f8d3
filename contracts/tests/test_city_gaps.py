"""What a service lacks before it may go live: each thing taken away is named, and nothing else; all has its source."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.city import City, load_city

CITIES = Path(__file__).parents[2] / "cities"
CODE = "graffiti-removal"
OWNER = "an owner: an agency and a role of its escalation chain (owner)"
CHAIN = "an escalation chain of its owner for late work, and for emergencies where it is urgent"


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(CITIES / "los-angeles")


def without(city: City, **fields: Any) -> City:
    entry = city.onboarding[CODE].model_copy(update=fields)
    others = (one for one in city.onboarding_file.services if one.service != CODE)
    return replace(city, onboarding_file=city.onboarding_file.model_copy(update={"services": (*others, entry)}))


@pytest.mark.requirement("GOV-02")
@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        ({}, []),
        ({"process": None}, ["a process map (process)"]),
        ({"owner": None}, [OWNER, CHAIN]),
        ({"vocabulary": ()}, ["the department's own name for it (vocabulary)"]),
        ({"measures": ()}, ["a measure of how well it is done (measures)"]),
    ],
)
def test_what_a_service_lacks_is_named(city: City, fields: dict[str, Any], lacks: list[str]) -> None:
    assert without(city, **fields).gaps(CODE) == lacks


@pytest.mark.requirement("GOV-02")
def test_a_service_without_a_target_says_why_or_lacks_one(city: City) -> None:
    bare = replace(city, targets=tuple(target for target in city.targets if target.service != CODE))
    assert without(bare, no_target=None).gaps(CODE) == [
        "a target in targets.yaml, or the reason for having none (no_target)"
    ]
    reasoned = next(entry.no_target for entry in city.onboarding.values() if entry.no_target)
    assert without(bare, no_target=reasoned).gaps(CODE) == []


@pytest.mark.requirement("CAT-01", "CAT-02")
@pytest.mark.parametrize("name", ["los-angeles", "san-diego"])
def test_every_service_its_onboarding_and_every_destination_say_where_it_is_known_from(name: str) -> None:
    city = load_city(CITIES / name)
    for said in (city.services, city.onboarding, city.transfers):
        assert said
        assert [key for key, one in said.items() if not one.source.strip()] == []
