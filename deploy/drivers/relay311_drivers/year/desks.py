"""The agencies' desks in a played year: what is open, and what each agency reports when its time has come."""

import heapq
from collections.abc import Iterator
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, NamedTuple
from uuid import UUID

from contracts.agencies import AgencyReport
from contracts.event import encode
from contracts.intake import Evidence
from contracts.vocabulary import Clock, Disposition, EvidenceKind, ReportKind

CANNOT_SHARE: Final = 0.06
"""The share that ends with an explanation instead of work."""

_PACE: Final = ((ReportKind.ACCEPTED, 0.1), (ReportKind.IN_PROGRESS, 0.6), (ReportKind.COMPLETED, 1.0))
"""What an agency reports, and after which part of the time until the end."""

_EXPLANATIONS: Final = {
    "en": "The crew could not reach the place. A fence is locked and its owner was not there.",
    "es": "La cuadrilla no pudo llegar al lugar. Una reja está cerrada y su dueño no estaba.",
}


class Work(NamedTuple):
    """The next report on one assignment, in the order of their times."""

    due: datetime
    assignment_id: str
    request_id: str
    agency: str
    step: int
    opened: datetime
    ended: datetime


class Desks:
    """All open work. What is held is what is open at once, not the year."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self._open: list[Work] = []
        self._explanation = {name: _EXPLANATIONS.get(name, _EXPLANATIONS["en"]) for name in languages}

    def __len__(self) -> int:
        return len(self._open)

    def take(self, assignment_id: str, request_id: str, agency: str, opened: datetime, ended: datetime) -> None:
        """Put a new assignment on its agency's desk."""
        heapq.heappush(self._open, Work(_due(0, opened, ended), assignment_id, request_id, agency, 0, opened, ended))

    def due(self, until: datetime | None, most: int) -> Iterator[Work]:
        """Take out what is due, in order of time, at most so much; without a moment whatever comes next."""
        while most > 0 and self._open and (until is None or self._open[0].due <= until):
            work = heapq.heappop(self._open)
            if work.step + 1 < len(_PACE):
                step = work.step + 1
                heapq.heappush(self._open, work._replace(step=step, due=_due(step, work.opened, work.ended)))
            most -= 1
            yield work

    def record(self, work: Work) -> tuple[bytes, bytes]:
        """Write a report for the agency's outbox: its key, and a value whose id is the same each time it is made."""
        kind = _PACE[work.step][0]
        report = AgencyReport(
            request_id=UUID(work.request_id),
            assignment_id=UUID(work.assignment_id),
            update_id=f"year-{kind.value}",
            reported_at=work.due,
            **(self._ending(work) if is_last(work) else {"kind": kind}),
        )
        event_id = blake2b(f"{work.assignment_id} {kind.value}".encode(), digest_size=16).hexdigest()
        value = encode(report, event_id, f"agency.{work.agency}", work.due, clock=Clock.EVENT.value)
        return report.key.encode(), value

    def _ending(self, work: Work) -> dict[str, Any]:
        """End work as the assignment's own id decides."""
        if UUID(work.assignment_id).int % 100 < CANNOT_SHARE * 100:
            disposition, kind = Disposition.UNABLE_TO_ACT, ReportKind.CANNOT_COMPLETE
            return {"kind": kind, "disposition": disposition, "explanation": self._explanation}
        order = Evidence(kind=EvidenceKind.WORK_ORDER, reference=f"WO-{work.assignment_id[:8].upper()}")
        return {"kind": ReportKind.COMPLETED, "disposition": Disposition.FIXED, "evidence": (order,)}


def is_last(work: Work) -> bool:
    """Tell whether a report ends its assignment."""
    return work.step == len(_PACE) - 1


def _due(step: int, opened: datetime, ended: datetime) -> datetime:
    return opened + (ended - opened) * _PACE[step][1]
