"""The words of the contracts: one name for each time that is expected or owed, for every channel, in every language."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, RootModel

from contracts.city import load_city
from contracts.city.base import LocalizedText, LocalizedWords

ROOT = Path(__file__).parents[2]
SCHEMAS = sorted((ROOT / "contracts" / "schemas").glob("*.json"))
CITIES = sorted(path.parent for path in (ROOT / "cities").glob("*/city.yaml"))
TIMES = {
    "eta",
    "deadline",
    "sla_due",
    "due_date",
    "estimated_at",
    "estimate_at",
    "target_at",
    "forecast_at",
    "promised_at",
}
CALLS_ONLY = ("caller", "call_center", "callcenter", "call_centre")


def names(schema: Any) -> Iterator[str]:
    """Name every field of a schema, however deep."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from names(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from names(inner)


FIELDS = {path.stem: set(names(json.loads(path.read_text()))) for path in SCHEMAS}


@pytest.mark.requirement("VOC-04")
def test_what_is_owed_and_what_is_expected_have_one_name_each() -> None:
    assert {event: strange for event, fields in FIELDS.items() if (strange := fields & TIMES)} == {}
    assert {"due_at", "expected_at"} <= FIELDS["request.promised"]


@pytest.mark.requirement("VOC-05")
def test_no_field_speaks_of_calls_where_every_channel_is_meant() -> None:
    said = {(event, name) for event, fields in FIELDS.items() for name in fields if any(w in name for w in CALLS_ONLY)}
    assert said == set()
    assert "channel" in FIELDS["contact.recorded"]


def texts(value: Any, where: str = "city") -> Iterator[tuple[str, dict[str, Any]]]:
    """Find every text and list of words of a city, with its place."""
    if isinstance(value, LocalizedText | LocalizedWords):
        yield where, dict(value.root)
    elif isinstance(value, RootModel):
        yield from texts(value.root, where)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from texts(getattr(value, name), f"{where}.{name}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, f"{where}.{name}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from texts(inner, f"{where}.{number}")


@pytest.mark.requirement("AGT-10")
@pytest.mark.parametrize("folder", CITIES, ids=lambda path: path.name)
def test_everything_a_city_says_is_said_in_each_of_its_languages(folder: Path) -> None:
    city = load_city(folder)
    found = [one for name, part in vars(city).items() for one in texts(part, name)]
    spoken = set(city.profile.languages)
    lacking = {where for where, text in found if not spoken <= {language for language, said in text.items() if said}}
    assert {where.partition(".")[0] for where, _ in found} >= {
        "services",
        "conversation",
        "survey",
        "notices",
        "phrases",
    }
    assert {"en", "es"} <= spoken
    assert {where for where in lacking if ".words" not in where and ".keywords" not in where} == set()
