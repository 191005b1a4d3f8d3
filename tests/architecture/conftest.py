"""Every source file of the repository, parsed once, for the tests of its own rules."""

import ast
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("chassis", "cities", "contracts", "deploy", "docs", "services", "tests", ".ci")
UNTRACKED = {".venv", ".run", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"}
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the root, its text and its tree."""

    path: Path
    text: str = field(repr=False)

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, str(self.path))

    @property
    def is_test(self) -> bool:
        """Whether it is part of the tests."""
        return "tests" in self.path.parts or self.path.name == "conftest.py"

    @property
    def is_migration(self) -> bool:
        """Whether alembic wrote it."""
        return "migrations" in self.path.parts and "versions" in self.path.parts

    def within(self, *parts: str) -> bool:
        """Whether its path starts with these parts; `*` stands for any one."""
        own = self.path.parts
        return len(own) >= len(parts) and all(want in ("*", part) for want, part in zip(parts, own, strict=False))

    def calls(self) -> Iterator[ast.Call]:
        """Every call in the file."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def functions(self) -> Iterator[Function]:
        """Every function in the file, methods and nested ones included."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    def at(self, node: ast.AST, name: str = "") -> str:
        """Say where a node is, as an editor can open it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)} {name}".rstrip()


def _files() -> Iterator[Path]:
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.name != ".git")  # a worktree's is a file
    for top in FOLDERS:
        for folder, names, files in os.walk(ROOT / top):
            names[:] = [name for name in names if name not in UNTRACKED and not name.endswith(".egg-info")]
            yield from (Path(folder, name) for name in files if not name.endswith(".pyc"))


@pytest.fixture(scope="session")
def files() -> Sequence[Path]:
    """Every file that belongs to the repository, as paths from its root."""
    return sorted(path.relative_to(ROOT) for path in _files())


@pytest.fixture(scope="session")
def sources(files: Sequence[Path]) -> Sequence[Source]:
    """Every Python file, tests included."""
    return [Source(path, (ROOT / path).read_text(encoding="utf-8")) for path in files if path.suffix == ".py"]


@pytest.fixture(scope="session")
def code(sources: Sequence[Source]) -> Sequence[Source]:
    """Every Python file of the packages themselves: no tests, no migrations."""
    return [source for source in sources if not source.is_test and not source.is_migration]


@pytest.fixture(scope="session")
def services(code: Sequence[Source]) -> Sequence[Source]:
    """Every Python file inside a service."""
    return [source for source in code if source.within("services")]
