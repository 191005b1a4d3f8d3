"""The whole real platform, started once for all journeys: its own commands, in a folder and on ports of its own."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import pytest

from relay311_local import state
from relay311_local.layout import Layout, cache_folder
from relay311_local.processes import is_open
from relay311_local.testing import free_offset, open_folder

sys.path.insert(0, str(Path(__file__).parent))
from town import ROOT, Town, eventually

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # the group counts only when it is there before xdist looks
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Every journey is slow, and may wait for the platform's first start."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(420))
            item.add_marker(pytest.mark.xdist_group("town"))  # one platform, on one worker, for all of them


@pytest.fixture(scope="session")
def town() -> Iterator[Town]:
    """Start the platform, and stop it at the end; one that runs already in RELAY311_RUN is used, and left running."""
    with _running(os.environ.get("RELAY311_RUN")) as started:
        yield started


@pytest.fixture
def new_town() -> Iterator[Town]:
    """Start a platform that has no past, for what depends on all that a town ever settled."""
    with _running(None) as started:
        yield started


@contextmanager
def _running(given: str | None) -> Iterator[Town]:
    with open_folder() as folder, _offset(given) as offset:
        place = Layout(ROOT, Path(given or folder / "run").resolve(), cache_folder(), offset)
        city = _hasty_city(place.run.parent / "los-angeles")
        town = Town(
            place,
            {
                "RELAY311_ROOT": str(ROOT),
                "RELAY311_RUN": str(place.run),
                "RELAY311_CACHE": str(place.cache),
                "RELAY311_CITY": str(city),
                "RELAY311_PORT_OFFSET": str(place.offset),
                "RELAY311_SIM_DELAY": "0.05",
            },
        )
        runs_already = state.supervisor_pid(place.run) is not None
        if not runs_already:
            town.command("-m", "relay311_local", "up", "--no-sample", seconds=400)
        try:
            eventually(lambda: is_open(place.port("zipkin")), "the start of the tracing dashboard", 120)
            yield town
        finally:
            if not runs_already:
                town.command("-m", "relay311_local", "down")


def _offset(given: str | None) -> AbstractContextManager[int]:
    """Choose where all ports are free; beside a folder that was given goes the offset that was given."""
    return nullcontext(int(os.environ.get("RELAY311_PORT_OFFSET", "0"))) if given else free_offset()


def _hasty_city(folder: Path) -> Path:
    """Copy the city: targets and complaints of seconds, forecasts and a reader soon learned, no quiet hours."""
    shutil.copytree(ROOT / "cities" / "los-angeles", folder, dirs_exist_ok=True)
    targets = folder / "targets.yaml"
    text = targets.read_text()
    for old, new in (
        (r"history_minimum: \d+", "history_minimum: 1"),
        (r"(service: dead-animal-removal\n    due:) \{[^}]*\}", r"\1 {amount: 0.001, unit: hours}"),
    ):
        text, count = re.subn(old, new, text)
        assert count == 1, f"targets.yaml has no {old}"
    targets.write_text(text)
    survey = folder / "survey.yaml"
    soon, count = re.subn(r"complaint_hours: \d+", "complaint_hours: 0.001", survey.read_text())
    assert count == 1, "survey.yaml has no hours for complaints"
    survey.write_text(soon)
    messages = folder / "messages.yaml"
    awake, count = re.subn(r'quiet: \{start: "21:00"', 'quiet: {start: "08:00"', messages.read_text())
    assert count == 1, "messages.yaml has no quiet hours"
    messages.write_text(awake)
    triage = folder / "triage.yaml"
    eager, count = re.subn(r"fewest_settled: \d+", "fewest_settled: 50", triage.read_text())
    assert count == 1, "triage.yaml has no fewest_settled"
    triage.write_text(eager)
    return folder
