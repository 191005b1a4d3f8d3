"""The map cannot lie: the table of topics equals what the services really hear and publish."""

import importlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.topics import AGENCY_TOPICS, SERVICES, TOPICS

ROOT = Path(__file__).parents[2]
CITIES = sorted(path for path in (ROOT / "cities").iterdir() if path.is_dir())
KEY = "k" * 43


def build(name: str, city: Path) -> Any:
    """Put a service together as its own command line does; nothing is started."""
    settings = importlib.import_module(f"{name}.settings").Settings(
        database_url="postgresql://localhost/x", city=city, link_key=KEY
    )
    return importlib.import_module(f"{name}.app").build(settings)


def named(events: Iterable[Any]) -> list[str]:
    return sorted(event.__name__ for event in events)


@pytest.mark.requirement("VOC-01", "OPS-13")
@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.name)
@pytest.mark.parametrize("name", SERVICES)
def test_a_service_hears_exactly_what_the_table_says(name: str, city: Path) -> None:
    said = [topic.event for topic in (*TOPICS, *AGENCY_TOPICS) if name in topic.readers]
    assert named(subscription.event for subscription in build(name, city).subscriptions) == named(said)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_makes_exactly_the_events_the_table_says(name: str, services: Sequence[Any]) -> None:
    every = {topic.event.__name__: topic.writers for topic in (*TOPICS, *AGENCY_TOPICS)}
    calls = [call for source in services if source.within("services", name) for call in source.calls()]
    made = {getattr(call.func, "id", getattr(call.func, "attr", "")) for call in calls} & set(every)
    assert made == {event for event, writers in every.items() if name in writers}


def test_every_topic_is_on_the_flow_page() -> None:
    page = (ROOT / "contracts/FLOW.md").read_text(encoding="utf-8")
    assert [t.name for t in (*TOPICS, *AGENCY_TOPICS) if f"`{t.name.replace('{slug}', '<slug>')}`" not in page] == []
