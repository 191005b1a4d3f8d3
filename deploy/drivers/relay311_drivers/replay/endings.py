"""What agencies report to end a past request as its record says."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from contracts.agencies import AgencyReport
from contracts.event import encode
from contracts.intake import Evidence
from contracts.vocabulary import Clock, Disposition, EvidenceKind, ReportKind
from relay311_drivers.replay.ledger import Ending


def report_of(ending: Ending) -> AgencyReport:
    """Make the report: work done shows the old record as evidence, a referral leaves the request open.

    >>> past = Ending("0190b0a2-0000-7000-8000-000000000001", "ABCD", "1-77", "closed", "2018-01-03T10:00:00+00:00",
    ...               "parks", "0190b0a2-0000-7000-8000-000000000002")
    >>> report_of(past).kind.value, report_of(past).evidence[0].reference
    ('completed', 'legacy record 1-77')
    >>> report_of(past._replace(outcome="referral")).kind.value
    'referred'
    """
    return AgencyReport(
        request_id=UUID(ending.request_id),
        assignment_id=UUID(ending.assignment_id),
        update_id=f"legacy-{ending.number}-{ending.outcome}",
        reported_at=datetime.fromisoformat(ending.ended),
        **_REPORTS[ending.outcome](ending),
    )


def record_of(ending: Ending) -> tuple[bytes, bytes]:
    """Make the record for the agency's outbox: its key, and a value whose id is the same each time it is sent."""
    report = report_of(ending)
    told = f"{AgencyReport.TYPE} {ending.assignment_id} {report.update_id}"
    event_id = blake2b(told.encode(), digest_size=16).hexdigest()
    value = encode(report, event_id, f"agency.{ending.agency}", report.reported_at, clock=Clock.EVENT.value)
    return report.key.encode(), value


def by_agency(endings: Sequence[Ending]) -> dict[str, list[Ending]]:
    """Sort endings by who must report them; cancellations are not an agency's to report."""
    agencies = sorted({ending.agency for ending in endings})
    reported = [ending for ending in endings if ending.outcome in _REPORTS]
    return {agency: [ending for ending in reported if ending.agency == agency] for agency in agencies}


def _completed(ending: Ending) -> dict[str, Any]:
    evidence = Evidence(kind=EvidenceKind.LEGACY_RECORD, reference=f"legacy record {ending.number}")
    return {"kind": ReportKind.COMPLETED, "disposition": Disposition.FIXED, "evidence": (evidence,)}


def _referred(ending: Ending) -> dict[str, Any]:
    return {"kind": ReportKind.REFERRED, "text": f"Referred out, as legacy record {ending.number} says."}


_REPORTS: Final[Mapping[str, Callable[[Ending], dict[str, Any]]]] = {"closed": _completed, "referral": _referred}
