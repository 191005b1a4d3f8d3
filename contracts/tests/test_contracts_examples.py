"""Every topic has hand-written examples, and each one is what its model and its schema say."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
from pydantic import TypeAdapter

from contracts.event import encode, open_envelope
from contracts.generate.schemas import PUBLISHED, file_name, schema_of
from contracts.intake import Change

EXAMPLES = Path(__file__).parents[1] / "examples"
TOPICS = {file_name(topic): topic for topic in PUBLISHED}
FILES = sorted(path for name in TOPICS for path in (EXAMPLES / name).glob("*.json"))


@pytest.mark.requirement("VOC-01", "CH-13")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_is_valid_by_schema_and_by_model(path: Path) -> None:
    topic, value = TOPICS[path.parent.name], json.loads(path.read_text(encoding="utf-8"))
    jsonschema.validate(value, schema_of(topic), format_checker=jsonschema.FormatChecker())
    event = topic.event.model_validate(value["data"])
    assert value["type"] == topic.event.TYPE
    assert value["subject"] == event.key
    assert set(value["data"]) <= set(topic.event.model_fields), "an example shows only fields that exist"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_survives_writing_and_reading(path: Path) -> None:
    topic, value = TOPICS[path.parent.name], json.loads(path.read_text(encoding="utf-8"))
    event = topic.event.model_validate(value["data"])
    envelope = open_envelope(path.read_bytes())
    written = encode(event, envelope.id, envelope.source.removeprefix("/relay311/"), envelope.time)
    assert topic.event.model_validate(open_envelope(written).data) == event


def test_every_topic_has_an_example_and_no_folder_is_left_over() -> None:
    assert {path.parent.name for path in FILES} == set(TOPICS)
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} - set(TOPICS) <= {"clients"}


def test_every_kind_of_change_has_an_example() -> None:
    shown = {json.loads(path.read_text())["data"]["change"]["kind"] for path in EXAMPLES.glob("request.updated/*.json")}
    assert shown == set(TypeAdapter(Change).json_schema()["discriminator"]["mapping"])


@pytest.mark.requirement("OPS-07")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_example_holds_personal_data(path: Path) -> None:
    texts = _texts(json.loads(path.read_text(encoding="utf-8"))["data"])
    found = [match for text in texts for match in re.findall(r"[\w.+-]+@[\w.-]+", text)]
    allowed = TOPICS[path.parent.name].personal
    assert all(match.endswith("@example.org") and allowed for match in found)
    assert not [text for text in texts if re.search(r"\(?\b\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b", text)]


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []
