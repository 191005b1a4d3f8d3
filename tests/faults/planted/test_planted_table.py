"""The table of planted bugs cannot rot: each still fits its file, and what it makes of it still compiles."""

import pytest

from faults.planted.table import BUGS, TEXT, load, text
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
