"""Released contracts are kept: each way of breaking one is planted in a copy and must be caught by name."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.compatibility import RELEASED, ROOT, breaks, broken, main, release
from contracts.generate.schemas import PUBLISHED, schema_of

SCHEMAS = {topic.event.TYPE: schema_of(topic) for topic in PUBLISHED}
Schema = dict[str, Any]


def data(schema: Schema) -> Schema:
    return schema["properties"]["data"]


def remove(schema: Schema) -> None:
    del data(schema)["properties"]["explanation"]


def retype(schema: Schema) -> None:
    data(schema)["properties"]["reopen_count"]["type"] = "string"


def require(schema: Schema) -> None:
    data(schema)["properties"]["mood"] = {"type": "string"}
    data(schema)["required"].append("mood")


def narrow_list(schema: Schema) -> None:
    schema["$defs"]["Disposition"]["enum"].remove("unable_to_act")


def narrow_bound(schema: Schema) -> None:
    schema["$defs"]["Evidence"]["properties"]["reference"]["maxLength"] = 10


def loosen_required(schema: Schema) -> None:
    data(schema)["required"].remove("closure_id")


def change_format(schema: Schema) -> None:
    data(schema)["properties"]["closure_id"].pop("format")


def retype_items(schema: Schema) -> None:
    data(schema)["properties"]["agencies"]["items"] = {"type": "integer"}


def rename_type(schema: Schema) -> None:
    schema["properties"]["type"]["const"] = "request.shut"


PLANTED = {
    remove: "data.explanation was removed",
    retype: "data.reopen_count no longer takes integer",
    require: "data.mood is newly required",
    narrow_list: "data.disposition no longer takes unable_to_act",
    narrow_bound: "data.evidence[].reference was narrowed: maxLength is now 10",
    loosen_required: "data.closure_id was always there and may now be missing",
    change_format: "data.closure_id no longer takes string:uuid",
    retype_items: "data.agencies[] no longer takes string",
    rename_type: "type was 'request.closed' and is now 'request.shut'",
}


@pytest.mark.requirement("OPS-13")
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_break_is_caught_and_named(plant: Callable[[Schema], None]) -> None:
    altered = copy.deepcopy(SCHEMAS["request.closed"])
    plant(altered)
    assert PLANTED[plant] in breaks(SCHEMAS["request.closed"], altered)


def test_a_removed_kind_of_change_is_caught() -> None:
    altered = copy.deepcopy(SCHEMAS["request.updated"])
    data(altered)["properties"]["change"]["oneOf"].pop(1)
    assert breaks(SCHEMAS["request.updated"], altered) == ["data.change no longer takes object:referral"]


def test_additions_pass() -> None:
    altered = copy.deepcopy(SCHEMAS["request.closed"])
    data(altered)["properties"]["mood"] = {"type": "string"}
    altered["$defs"]["Disposition"]["enum"].append("overtaken")
    altered["$defs"]["Evidence"]["properties"]["reference"]["maxLength"] = 9000
    assert breaks(SCHEMAS["request.closed"], altered) == []


@pytest.mark.parametrize("event", SCHEMAS)
def test_every_schema_is_compatible_with_itself(event: str) -> None:
    assert breaks(SCHEMAS[event], SCHEMAS[event]) == []


@pytest.mark.requirement("OPS-13")
def test_the_current_contracts_keep_what_was_released() -> None:
    assert broken(ROOT) == []
    assert {path.name for path in (ROOT / RELEASED).glob("*.json")}, "freeze a release with `make release-contracts`"


def test_a_release_refuses_to_freeze_over_a_break(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    release(tmp_path)
    frozen = tmp_path / RELEASED / "request.closed.json"
    altered = json.loads(frozen.read_text())
    data(altered)["properties"]["promise_kept"] = {"type": "boolean"}
    frozen.write_text(json.dumps(altered))
    assert main(["--release"], tmp_path) == 1
    assert "request.closed: data.promise_kept was removed" in capsys.readouterr().out
    assert json.loads(frozen.read_text()) == altered
