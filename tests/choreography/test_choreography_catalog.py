"""The catalog of Los Angeles, type by type: reported at the door, it reaches the department that the city names."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

import intake.app
import intake.settings
import routing.app
import routing.settings
from chassis.testing import Bench
from contracts.city import load_city
from contracts.routing import RequestAssigned

SUNDAY_NIGHT = datetime(2026, 3, 1, 11, 0, tzinfo=UTC)  # three in the morning there
BOTH = [(service.app.build, service.settings.Settings) for service in (intake, routing)]
ANSWERS: Mapping[str, str] = {"number": "1", "datetime": "2026-03-20T10:00:00-08:00"}

# What is reported, what else is said of it, and who gets it.
CATALOG: tuple[tuple[str, dict[str, str], str], ...] = (
    ("animals-loose", {}, "animal-services"),
    ("dead-animal-removal", {}, "sanitation"),
    ("graffiti-removal", {}, "community-beautification"),
    ("single-streetlight-issue", {}, "street-lighting"),
    ("homeless-encampment", {}, "sanitation"),
    ("illegal-food-vendors", {"situation": "vendor_present"}, "street-services"),
    ("right-of-way-obstruction", {"obstacle": "utility"}, "water-and-power"),
    ("right-of-way-obstruction", {"obstacle": "other"}, "street-services"),
    ("park-repairs", {}, "recreation-and-parks"),
    ("park-cleanliness", {}, "recreation-and-parks"),
    ("bulky-item-pickup", {}, "sanitation"),
    ("illegal-dumping", {}, "sanitation"),
    ("sanitation-billing", {}, "sanitation"),
    ("building-inspection", {}, "building-and-safety"),
    ("pothole-repair", {}, "street-services"),
    ("street-sweeping", {}, "street-services"),
    ("sidewalk-repair", {"damage": "access"}, "engineering"),
    ("dockless-mobility", {}, "transportation"),
    ("taxicab", {}, "transportation"),
    ("tree-emergency", {}, "street-services"),
    ("palm-fronds", {}, "street-services"),
    ("parking-violation", {}, "transportation"),
    ("abandoned-vehicle", {}, "transportation"),
    ("traffic-sign-signal", {}, "transportation"),
    ("parking-meter", {}, "transportation"),
    ("tenant-housing-complaint", {}, "housing"),
    ("noise-complaint", {"noise": "party"}, "police"),
    ("fire-safety", {}, "fire"),
    ("utility-outage", {"utility": "power"}, "water-and-power"),
)


def answers(city: Any, code: str, told: Mapping[str, str]) -> dict[str, str]:
    """Answer what a type must know, the first of each list unless it is said."""
    asked = [q for q in city.services[code].questions if q.required and q.code not in told]
    given = {q.code: q.options[0].key if q.options else ANSWERS.get(q.kind, "one") for q in asked}
    return given | dict(told)


@pytest.mark.requirement(
    "CAT-04", "CAT-05", "CAT-06", "CAT-07", "CAT-09", "CAT-10", "CAT-11", "CAT-12", "CAT-13",
    "CAT-15", "CAT-16", "CAT-17", "CAT-18", "CAT-19", "CAT-20", "CAT-21", "SS-05",
)  # fmt: skip
async def test_every_type_reaches_its_department_at_any_hour(bench_factory: Any) -> None:
    bench: Bench = await bench_factory(BOTH, now=SUNDAY_NIGHT)
    desk = next(iter(bench.running.values())).service
    city = load_city(desk.settings.city)
    wanted: dict[str, str] = {}
    for n, (code, told, agency) in enumerate(CATALOG):
        report = {
            "service_code": code,
            "place": {"address": f"{100 + n} W 1st St", "latitude": 34.0 + n / 50, "longitude": -118.25},
            "attributes": answers(city, code, told),
        }
        answer = await bench.http.post("/requests", json=report)
        assert answer.status_code == 201, (code, answer.text)
        wanted[answer.json()["request_id"]] = f"{code} {agency}"
    await bench.quiet()
    got = {str(e.request_id): e.agency for e in bench.events("request.assigned", RequestAssigned)[::-1]}
    wrong = {words: got.get(name) for name, words in wanted.items() if words.split()[1] != got.get(name)}
    assert wrong == {}
    by = {event.cause.value for event in bench.events("request.assigned", RequestAssigned)}
    assert by == {"rule"}, "nobody had to touch them"
