"""A mail server for the tests of notify."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from told import Inbox, served


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Run a mail server."""
    yield from served(Inbox())
