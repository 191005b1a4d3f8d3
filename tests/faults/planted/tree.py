"""A copy of the project with a bug in it, and the environment in which everything is imported from that copy."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from faults.planted.bug import Edit
from relay311_local.layout import cache_folder
from relay311_local.testing import open_folder

ROOT: Final = Path(__file__).resolve().parents[3]
_LEFT_OUT: Final = shutil.ignore_patterns(".git", ".run", ".venv", "__pycache__", ".*_cache")


class StaleError(Exception):
    """A bug's old text does not stand exactly once in its file any more."""


@contextmanager
def planted(edits: tuple[Edit, ...]) -> Iterator[Path]:
    """Copy the project, make the edits, and yield the copy; it is gone afterwards."""
    with open_folder() as folder:
        copy = folder / "copy"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        for edit in edits:
            (copy / edit.file).write_text(worse((copy / edit.file).read_text("utf-8"), edit), "utf-8")
        yield copy


def worse(text: str, edit: Edit) -> str:
    """Make one edit. Raises StaleError unless its old text stands there exactly once."""
    count = text.count(edit.old)
    if count != 1:
        raise StaleError(f"{edit.file} holds {edit.old!r} {count} times: bring the bug's `old` in line with the file.")
    return text.replace(edit.old, edit.new)


def environment(copy: Path) -> dict[str, str]:
    """Let Python find the copy's packages before the installed ones, in every process that inherits this."""
    packages = sorted(path.parent for part in ("*", "*/*") for path in copy.glob(f"{part}/pyproject.toml"))
    places = [copy / "tests", copy / "tests" / "journeys", *packages]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places)), "RELAY311_CACHE": str(cache_folder())}


def run(copy: Path, *arguments: str, seconds: float) -> tuple[int, str]:
    """Run a command in the copy to its end; returns its exit code and what it said, 124 when it took too long."""
    process = subprocess.Popen(
        arguments, cwd=copy, env=environment(copy), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        said, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.terminate()
        said, _ = process.communicate()
        return 124, said
    return process.returncode, said
