"""Forked processes behave as if Python had started them: output, exit codes, signals, environment."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from relay311_local.nursery.client import Nursery, NurseryChild, Shared
from relay311_local.processes import Command
from relay311_local.state import born

SHARED = Shared(Path("no such city"), ("relay311_local.sidecar",))


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    one = Nursery(tmp_path_factory.mktemp("nursery") / "nursery.log", SHARED)
    yield one
    one.close()


def grow(nursery: Nursery, folder: Path, code: str, **environment: str) -> NurseryChild:
    """Run a program of our own; `doctest` imports, and so runs, the file it is given."""
    program = folder / "planted.py"
    program.write_text(f"import os, sys, time\n{code}\n")
    return nursery.spawn(Command("planted", ("python", "-m", "doctest", str(program)), folder / "p.log", environment))


def ended(child: NurseryChild) -> int:
    end = time.monotonic() + 20
    while child.exit_code is None:
        assert time.monotonic() < end
        time.sleep(0.02)
    return child.exit_code


def test_output_and_environment_arrive(nursery: Nursery, tmp_path: Path) -> None:
    child = grow(nursery, tmp_path, "print(os.environ['WORD'], os.getpid())", WORD="hello")
    assert ended(child) == 0
    assert child.last_words == f"hello {child.pid}"


@pytest.mark.parametrize(
    ("code", "exit_code", "said"),
    [
        ("sys.exit(3)", 3, ""),
        ("sys.exit('no room')", 1, "no room"),
        ("raise ValueError('wrong')", 1, "ValueError: wrong"),
        ("os.kill(os.getpid(), 9)", -9, ""),
    ],
)
def test_how_a_program_ends_is_told(nursery: Nursery, tmp_path: Path, code: str, exit_code: int, said: str) -> None:
    child = grow(nursery, tmp_path, code)
    assert ended(child) == exit_code
    assert child.last_words == said


def test_what_a_program_does_at_its_end_is_done(nursery: Nursery, tmp_path: Path) -> None:
    child = grow(nursery, tmp_path, "import atexit; atexit.register(print, 'tidy')")
    assert ended(child) == 0
    assert child.last_words == "tidy"


def test_a_program_stops_when_told(nursery: Nursery, tmp_path: Path) -> None:
    child = grow(nursery, tmp_path, "time.sleep(600)")
    assert child.exit_code is None
    child.stop()
    assert child.exit_code == -signal.SIGTERM


def test_its_children_outlive_the_nursery_and_are_still_known(tmp_path: Path) -> None:
    nursery = Nursery(tmp_path / "nursery.log", SHARED)
    child = grow(nursery, tmp_path, "time.sleep(600)")
    os.kill(nursery.entry().pid or 0, signal.SIGKILL)
    nursery.close()
    assert child.exit_code is None
    child.stop()
    assert child.exit_code is not None
    assert born(child.pid) is None
