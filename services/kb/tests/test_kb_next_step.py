"""What to do next: danger first, then social services, a request, a desk that is open, the city's own number."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.city import City, load_city
from kb.domain.answers import is_open, next_step, reach

MONDAY_NOON = datetime.fromisoformat("2026-03-02T12:00")  # the time of day in the city, without its zone
SUNDAY = datetime.fromisoformat("2026-03-01T12:00")


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Path(__file__).parents[3] / "cities" / "los-angeles")


def about(**says: Any) -> dict[str, Any]:
    return {"section": "city", "services": [], "transfers": [], "agency": "parks"} | says


@pytest.mark.requirement("KB-03", "KB-08", "KB-11")
@pytest.mark.parametrize(
    ("question", "article", "kind", "named"),
    [
        ("my house is on fire and a sofa burns", about(services=["bulky-item-pickup"]), "call_911", "911"),
        ("I am hungry", None, "call_211", "211"),
        ("where can I sleep", about(section="social_services"), "call_211", "211"),
        ("old sofa", about(services=["bulky-item-pickup"]), "start_request", "bulky-item-pickup"),
        ("anything", about(services=["other"], transfers=["tenant-line"]), "call", "866-557-RENT"),
        ("my car was stolen, stolen vehicle", None, "call", "877-ASK-LAPD"),
        ("what is the meaning of it all", None, "call", "311"),
    ],
)
def test_the_next_step_is_the_first_that_fits(
    city: City, question: str, article: dict[str, Any] | None, kind: str, named: str
) -> None:
    step = next_step(question, article, city, MONDAY_NOON)
    assert (step.kind, step.service or step.phone) == (kind, named)


@pytest.mark.requirement("KB-09")
def test_a_desk_says_whether_it_is_open_now(city: City) -> None:
    tenants = city.transfers["tenant-line"]
    assert [reach(tenants, city, at).open for at in (MONDAY_NOON, SUNDAY)] == [True, False]
    assert reach(city.transfers["police-non-emergency"], city, SUNDAY).open is True
    assert reach(city.transfers["animal-shelter"], city, SUNDAY).open is None  # nobody has said its hours
    holiday = datetime.combine(min(city.calendar.holiday_dates), datetime.min.time()).replace(hour=12)
    assert is_open(tenants.hours, city, holiday) is False
