"""What is generated is committed, current, stable and complete."""

import json
from pathlib import Path

import pytest
import yaml

from contracts.generate.__main__ import ROOT, main, stale, write
from contracts.generate.asyncapi import asyncapi
from contracts.generate.flow import BEGIN, END, picture, with_picture
from contracts.generate.glossary import gaps
from contracts.generate.schemas import PUBLISHED, data_schema, schema_files
from contracts.topics import SERVICES, Topic


def test_generated_files_are_current() -> None:
    assert stale(ROOT) == [], "run `make contracts`"


def test_generating_twice_gives_the_same_bytes() -> None:
    assert schema_files() == schema_files()


def test_check_names_a_stale_file_and_writing_mends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path)
    (tmp_path / "contracts/schemas/request.closed.json").write_text("{}")
    (tmp_path / "contracts/schemas/request.gone.json").write_text("{}")
    assert main(["--check"], tmp_path) == 1
    named = capsys.readouterr().out
    assert "request.closed.json is stale" in named
    assert "request.gone.json is stale" in named
    write(tmp_path)
    assert main(["--check"], tmp_path) == 0


@pytest.mark.requirement("VOC-07")
def test_every_listed_value_is_defined_in_the_glossary() -> None:
    assert gaps() == []


@pytest.mark.parametrize("topic", PUBLISHED, ids=lambda topic: topic.name)
def test_a_required_field_is_never_null(topic: Topic) -> None:
    """Absent values are left out on the wire, so a required field that may be null could not be read back."""
    schema = data_schema(topic.event)
    for owner in (schema, *schema.get("$defs", {}).values()):
        for name in owner.get("required", []):
            assert {"type": "null"} not in owner["properties"][name].get("anyOf", []), name


@pytest.mark.parametrize("topic", PUBLISHED, ids=lambda topic: topic.name)
def test_every_event_and_part_says_what_it_means(topic: Topic) -> None:
    schema = data_schema(topic.event)
    assert all(owner.get("description") for owner in (schema, *schema.get("$defs", {}).values()))


@pytest.mark.requirement("OPS-13", "INT-15")
def test_the_asyncapi_document_is_whole() -> None:
    document = yaml.safe_load((ROOT / "contracts/asyncapi.yaml").read_text(encoding="utf-8"))
    assert document == json.loads(json.dumps(asyncapi()))
    for reference in _references(document):
        assert _resolves(reference, document), reference
    actors = {operation["tags"][0]["name"] for operation in document["operations"].values()}
    assert actors == {*SERVICES, "frontend", "agency"}


def test_the_picture_goes_between_the_markers_only() -> None:
    page = with_picture(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    assert page.startswith("before\n")
    assert page.endswith("\nafter\n")
    assert picture() in page
    assert "old" not in page


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [found for part in node.values() for found in _references(part)]
    return [found for part in node for found in _references(part)] if isinstance(node, list) else []


def _resolves(reference: str, document: dict) -> bool:
    if reference.startswith("./"):
        return (ROOT / "contracts" / reference).exists()
    node = document
    for step in reference.removeprefix("#/").split("/"):
        node = node.get(step, {})
    return bool(node)
