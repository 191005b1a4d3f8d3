"""An agency's posted update, made the step of its own outbox that means the same, so that one rule judges both."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.agencies import AgencyReport
from contracts.city import City
from contracts.intake import Evidence
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind
from intake.domain.open311.statuses import STEPS


@dataclass(frozen=True, slots=True)
class Update:
    """What was posted about one request, under the API key of this hash."""

    request_id: UUID
    key: str
    update_id: str
    status: str
    at: datetime
    description: str
    language: str
    assignment_id: UUID | None = None
    disposition: str | None = None
    scheduled_for: datetime | None = None
    media_url: str | None = None
    duplicate_of: str | None = None


def report_of(update: Update, assignment_id: UUID, city: City) -> AgencyReport:
    """Make the agency's report of an update whose status `STEPS` knows; the closure rule then asks for the rest."""
    kind, disposition = _step(update, city)
    ends = kind in {ReportKind.COMPLETED, ReportKind.CANNOT_COMPLETE}
    said = {
        "request_id": update.request_id,
        "assignment_id": assignment_id,
        "update_id": update.update_id,
        "kind": kind,
        "reported_at": update.at,
        "text": None if ends else update.description or None,
        "scheduled_for": update.scheduled_for,
        "disposition": disposition,
        "duplicate_of": update.duplicate_of if ends else None,
        "explanation": {update.language: update.description} if ends and update.description else {},
        "evidence": _evidence(update) if ends else (),
    }
    return AgencyReport.model_validate(said)  # read, as from an outbox: intake itself publishes none


def _step(update: Update, city: City) -> tuple[ReportKind, Disposition | None]:
    """Take the disposition the agency names for an ending; without one, the posted status says which."""
    kind, disposition = STEPS[update.status]
    named = next((code for code in city.dispositions if code == update.disposition), None)
    if disposition is None or named is None:
        return kind, disposition
    return (ReportKind.COMPLETED if city.dispositions[named].work_done else ReportKind.CANNOT_COMPLETE), named


def _evidence(update: Update) -> tuple[Evidence, ...]:
    given = ((EvidenceKind.PHOTO, update.media_url), (EvidenceKind.CREW_NOTE, update.description))
    return tuple(Evidence(kind=kind, reference=text) for kind, text in given if text)
