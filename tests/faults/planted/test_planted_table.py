"""The table of planted bugs cannot rot: each still fits its file, and what it makes of it still compiles."""

import pytest

from faults.planted.table import BLIND, BUGS, CONTROL, TEXT, load, text
from faults.planted.tree import ROOT, worse


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_fits_its_file_and_compiles(name: str) -> None:
    texts: dict[str, str] = {}
    for edit in BUGS[name].edits:
        texts[edit.file] = worse(texts.get(edit.file) or (ROOT / edit.file).read_text("utf-8"), edit)
    for file, worsened in texts.items():
        compile(worsened, file, "exec")


@pytest.mark.parametrize("test", sorted({test for bug in BUGS.values() for test in bug.suite}))
def test_the_second_detectors_are_there(test: str) -> None:
    file, _, name = test.partition("::")
    assert f"def {name}" in (ROOT / file).read_text("utf-8")


def test_the_table_for_people_says_what_the_one_for_machines_says() -> None:
    assert TEXT.read_text("utf-8") == text(load())


@pytest.mark.parametrize("name", BUGS)
def test_each_bug_has_been_caught_or_is_named_as_a_blind_spot(name: str) -> None:
    assert bool(load().get(name, {}).get("caught_by")) is (name not in BLIND), f"run `make planted ARGS='--bug {name}'`"


def test_the_control_and_the_storms_without_their_bugs_found_nothing() -> None:
    known = load()
    assert known[CONTROL.name]["caught_by"] == {}
    assert [name for name, verdict in known.items() if verdict.get("sound")] == []
