"""Agencies' systems for the tests of adapters."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from systems_played import Systems, systems_running

from adapters.app import build
from adapters.settings import Settings
from chassis.testing import Bench


@pytest.fixture(scope="session")
def systems_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systems]:
    """Run agencies' systems for all tests."""
    with systems_running(tmp_path_factory.mktemp("systems")) as running:
        yield running


@pytest.fixture
def systems(systems_process: Systems) -> Systems:
    """Give agencies' systems with empty books."""
    systems_process.reset()
    return systems_process


@pytest.fixture
async def bench(bench_factory: Callable[..., Any], systems: Systems) -> Bench:
    """Run adapters against the systems."""
    made: Bench = await bench_factory(build, Settings, **systems.settings)
    return made
