"""A part of a batch that fails takes the events it had published with it; no storm makes a handler fail after those."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import asyncpg
import pytest

from chassis.principals import SYSTEM
from chassis.records import Command
from chassis.telemetry import Telemetry
from chassis.topology import Topology
from chassis.transaction import Transaction
from contracts.agencies import AgencyReport
from contracts.vocabulary import ReportKind

NOW = datetime(2026, 3, 2, tzinfo=UTC)
REPORT = AgencyReport(
    request_id=UUID(int=1), assignment_id=UUID(int=2), update_id="u", kind=ReportKind.ACCEPTED, reported_at=NOW
)
NO_ROWS = SimpleNamespace(tables={"due": None, "audit": None, "outbox": None})


class RefusedError(Exception):
    """What a handler says when it cannot go on."""


async def refuse(tx: Transaction) -> None:
    """Publish, and then fail, as a handler may."""
    async with tx.savepoint():
        tx.publish(REPORT, because=Command(None, SYSTEM, "cause", NOW), topic="agency.parks.outbox")
        raise RefusedError


async def test_what_a_failed_part_had_published_is_undone_with_it(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            tx = Transaction(connection, NOW, "intake", Topology(("parks",)), Telemetry("intake", None), NO_ROWS)
            with pytest.raises(RefusedError):
                await refuse(tx)
            assert await tx.flush() == 0
    finally:
        await connection.close()
