"""Small files, short functions, thin edges: what a reader can hold in mind."""

import ast
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

MOST_LINES, MOST_APP_LINES, LONG, MOST_EDGE_STATEMENTS = 250, 25, 30, 8


def test_no_file_is_longer_than_a_reader_can_hold(code: Sequence[Any]) -> None:
    long = [f"{s.path}: {n} lines" for s in code if (n := s.text.count("\n")) > MOST_LINES]
    none(long, "split it into a package of its name")


def test_a_composition_root_is_one_glance(services: Sequence[Any]) -> None:
    long = [str(s.path) for s in services if s.path.name == "app.py" and s.text.count("\n") > MOST_APP_LINES]
    none(long, "app.py wires, and nothing else")


def test_functions_are_short(code: Sequence[Any]) -> None:
    sizes = sorted((_lines(f), s.at(f, f.name)) for s in code for f in s.functions())
    assert statistics.median(size for size, _ in sizes) <= MOST_EDGE_STATEMENTS
    over = [f"{where}: {size} lines" for size, where in sizes if size > LONG]
    none(
        over[: len(over) if len(over) > len(sizes) // 100 else 0],
        f"at most one function in a hundred is longer than {LONG} lines",
    )


@pytest.mark.parametrize("role", ["subscribers", "endpoints"])
def test_edges_are_thin(services: Sequence[Any], role: str) -> None:
    edges = [s for s in services if s.path.stem == role or role in s.path.parts]
    thick = [s.at(f, f.name) for s in edges for f in s.functions() if _statements(f) > MOST_EDGE_STATEMENTS]
    none(thick, "unpack, call one handler, return")


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without docstring and without functions defined inside."""
    inner = sum(_lines(node) + 1 for node in function.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    first = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function.body[0]
    return (function.end_lineno or 0) - first.lineno + 1 - inner


def _statements(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Statements of the body, without docstring and without functions defined inside, with their decorators."""
    return sum(1 for node in _own(function)) - (1 if ast.get_docstring(function) else 0)


def _own(function: ast.AST) -> Iterator[ast.stmt]:
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.stmt):
            yield node
        yield from _own(node)


def none(found: Sequence[str], rule: str) -> None:
    """Fail with the rule and every place that breaks it."""
    assert not found, "\n".join([rule, *found])
