"""A mail server for the tests of notify."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from peers import Peer, answering
from told import Inbox, served


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Run a mail server."""
    yield from served(Inbox())


@pytest.fixture
async def phone() -> AsyncIterator[Peer]:
    """Run a provider of texts, calls and private messages."""
    async with answering() as peer:
        yield peer
