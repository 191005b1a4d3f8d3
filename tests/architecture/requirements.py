"""Which test meets which requirement: `make trace` prints it from the committed list and the tests' own markers."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
LIST: Final = ROOT / "tests/requirements.yaml"
SEARCHED: Final = ("chassis", "contracts", "services", "deploy", "tests")


def requirements() -> dict[str, str]:
    """Read the list: id -> the requirement in a few words of our own."""
    groups: dict[str, dict[str, str]] = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    return {name: words for group in groups.values() for name, words in group.items()}


def marked(root: Path = ROOT) -> dict[str, list[str]]:
    """Find every marker: id -> the tests that carry it, as `path::name`."""
    found: dict[str, list[str]] = {}
    for path in sorted(path for folder in SEARCHED for path in (root / folder).rglob("test_*.py")):
        if ".venv" in path.parts:
            continue
        for name, test in _markers(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            found.setdefault(name, []).append(f"{path.relative_to(root)}::{test}")
    return found


def unknown(found: dict[str, list[str]], known: dict[str, str]) -> list[str]:
    """Name markers whose id is in no list."""
    return [
        f"{name} is in no list (tests/requirements.yaml): {', '.join(found[name])}" for name in found.keys() - known
    ]


def main() -> int:
    """Print every requirement with its tests, and the count; 1 when a marker names an unknown id."""
    known, found = requirements(), marked()
    met, tests = sum(name in found for name in known), len({test for names in found.values() for test in names})
    wrong = unknown(found, known)
    lines = [
        line for name in known for line in (f"{name:7} {known[name]}", *(f"        {t}" for t in found.get(name, [])))
    ]
    count = f"\n{met} of {len(known)} requirements are met by {tests} tests; the others have no test yet."
    sys.stdout.write("\n".join([*lines, count, *wrong, ""]))
    return 1 if wrong else 0


def _markers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Find `requirement(...)` on tests and classes, and in a module's `pytestmark`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from ((name, node.name) for mark in node.decorator_list for name in _ids(mark))
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets):
            yield from ((name, "*") for name in _ids(node.value))


def _ids(expression: ast.expr) -> Iterator[str]:
    for call in ast.walk(expression):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "requirement":
            yield from (str(argument.value) for argument in call.args if isinstance(argument, ast.Constant))


if __name__ == "__main__":
    sys.exit(main())
