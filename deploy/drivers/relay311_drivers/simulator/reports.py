"""What a made-up agency writes: one report for each step, as the public contract wants it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from contracts.agencies import AgencyReport
from contracts.event import Texts
from contracts.intake import Evidence
from contracts.routing import AgencyNotice
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind
from relay311_drivers.simulator.behaviour import Step, chance, update_id_of

FIRST_LANGUAGE: Final = "en"

REASONS: Final[tuple[tuple[Disposition, Texts], ...]] = (
    (
        Disposition.UNABLE_TO_ACT,
        {
            "en": "The crew could not reach the place. A fence is locked and its owner was not there.",
            "es": "La cuadrilla no pudo llegar al lugar. Una reja está cerrada y su dueño no estaba.",
        },
    ),
    (
        Disposition.NOT_OUR_JURISDICTION,
        {
            "en": "The crew was there. This belongs to the railway, which we have told about it.",
            "es": "La cuadrilla estuvo en el lugar. Esto es del ferrocarril, y ya le avisamos.",
        },
    ),
)
"""Why work was not done, as the resident reads it."""

TEXTS: Final[Mapping[Step, str]] = {
    Step.REFER: "The place belongs to another agency.",
    Step.ASK: "Which side of the street is it on?",
    Step.SCHEDULE: "A crew is booked for tomorrow.",
}


@dataclass(frozen=True, slots=True)
class Agency:
    """One agency as it is played: its slug, the others it knows, and the languages it writes in."""

    slug: str
    others: Sequence[str] = ()
    languages: Sequence[str] = (FIRST_LANGUAGE,)


def report_of(step: Step, notice: AgencyNotice, agency: Agency, now: datetime) -> AgencyReport:
    """Write the report of a step.

    >>> from datetime import UTC
    >>> from uuid import UUID
    >>> from contracts.event import RequestFacts
    >>> from contracts.vocabulary import NoticeKind
    >>> now = datetime(2026, 1, 5, tzinfo=UTC)
    >>> notice = AgencyNotice(request_id=UUID(int=1), notice_id="n", sequence=1, kind=NoticeKind.ASSIGNED,
    ...     assignment_id=UUID(int=2), about=RequestFacts(tracking_number="T", service_code="pothole", opened_at=now))
    >>> done = report_of(Step.COMPLETE, notice, Agency("parks"), now)
    >>> done.update_id, done.disposition.value, [one.kind.value for one in done.evidence]
    ('n-complete', 'fixed', ['work_order', 'crew_note'])
    >>> sorted(report_of(Step.GIVE_UP, notice, Agency("parks", languages=("en", "es")), now).explanation)
    ['en', 'es']
    >>> wrong = report_of(Step.CLOSE_WRONGLY, notice, Agency("parks"), now)
    >>> wrong.kind.value, wrong.disposition, wrong.evidence
    ('completed', None, ())
    """
    kind, details = _KINDS[step]
    return AgencyReport(
        request_id=notice.request_id,
        assignment_id=notice.assignment_id,
        update_id=update_id_of(notice, step),
        kind=kind,
        reported_at=now,
        text=TEXTS.get(step),
        **details(notice, agency, now),
    )


def _nothing(_notice: AgencyNotice, _agency: Agency, _now: datetime) -> dict[str, Any]:
    return {}


def _visit(_notice: AgencyNotice, _agency: Agency, now: datetime) -> dict[str, Any]:
    return {"scheduled_for": now + timedelta(days=1)}


def _work(notice: AgencyNotice, _agency: Agency, _now: datetime) -> dict[str, Any]:
    order = Evidence(kind=EvidenceKind.WORK_ORDER, reference=f"WO-{notice.notice_id[:8].upper()}")
    note = Evidence(kind=EvidenceKind.CREW_NOTE, reference="Done on site; the place was left clean.")
    return {"disposition": Disposition.FIXED, "evidence": (order, note)}


def _excuse(notice: AgencyNotice, agency: Agency, _now: datetime) -> dict[str, Any]:
    disposition, texts = REASONS[int(chance("reason", notice.request_id) * len(REASONS))]
    visit = f"(V-{notice.notice_id[:8].upper()})"  # no two visits are the same, and closings alike are held
    said = {language: f"{texts.get(language, texts[FIRST_LANGUAGE])} {visit}" for language in agency.languages}
    return {"disposition": disposition, "explanation": said}


def _elsewhere(notice: AgencyNotice, agency: Agency, _now: datetime) -> dict[str, Any]:
    if not agency.others:
        return {}
    return {"refer_to": agency.others[int(chance("other", notice.request_id, agency.slug) * len(agency.others))]}


_Details = Callable[[AgencyNotice, Agency, datetime], dict[str, Any]]

_KINDS: Final[Mapping[Step, tuple[ReportKind, _Details]]] = {
    Step.ACCEPT: (ReportKind.ACCEPTED, _nothing),
    Step.SCHEDULE: (ReportKind.SCHEDULED, _visit),
    Step.START: (ReportKind.IN_PROGRESS, _nothing),
    Step.COMPLETE: (ReportKind.COMPLETED, _work),
    Step.GIVE_UP: (ReportKind.CANNOT_COMPLETE, _excuse),
    Step.REFER: (ReportKind.REFERRED, _elsewhere),
    Step.ASK: (ReportKind.NEEDS_INFORMATION, _nothing),
    Step.CLOSE_WRONGLY: (ReportKind.COMPLETED, _nothing),
}
"""What each step is called in the contract, and what is told with it."""
