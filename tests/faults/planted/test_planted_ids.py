"""An event that is decided twice from the same cause has the same id, so that readers know the second for a repeat."""

from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

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


def decided() -> list[str]:
    """Publish two events from one cause in a transaction of its own; nothing here needs a database."""
    tables = SimpleNamespace(tables={})
    tx = Transaction(None, NOW, "intake", Topology(("parks",)), Telemetry("intake", None), tables)
    cause = Command(None, SYSTEM, "cause", NOW)
    return [tx.publish(REPORT, because=cause, topic="agency.parks.outbox") for _ in range(2)]


def test_the_same_cause_gives_the_same_ids() -> None:
    first, again = decided(), decided()
    assert first == again
    assert len(set(first)) == 2
