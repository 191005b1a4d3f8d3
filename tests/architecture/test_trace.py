"""Every requirement is listed once in a few words of our own, and every marker names one of them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def trace() -> ModuleType:
    """Load the program `make trace` runs."""
    spec = importlib.util.spec_from_file_location("relay311_trace", Path(__file__).with_name("requirements.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.requirement("OPS-11", "OPS-12")
def test_every_marker_names_a_listed_requirement(trace: ModuleType) -> None:
    assert trace.unknown(trace.marked(), trace.requirements()) == []


def test_three_hundred_requirements_are_listed_in_a_few_words_each(trace: ModuleType) -> None:
    listed = trace.requirements()
    assert len(listed) == 300
    assert [name for name, words in listed.items() if len(words.split()) > 12] == []


def test_an_unknown_id_is_caught_and_named(trace: ModuleType, tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    mark = "@pytest.mark." + 'requirement("XX-99")'
    (tests / "test_planted.py").write_text(f"import pytest\n\n{mark}\ndef test_it() -> None: ...\n")
    (problem,) = trace.unknown(trace.marked(tmp_path), trace.requirements())
    assert problem.startswith("XX-99 is in no list")
    assert "tests/test_planted.py::test_it" in problem
