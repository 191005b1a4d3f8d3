"""The work desk: what a crew does on a screen, made the report that an agency's own system would send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.agencies import AgencyReport
from contracts.event import Texts
from contracts.intake import Evidence
from contracts.vocabulary import Disposition, EvidenceKind, ReportKind
from intake.domain.life.case import Part
from intake.domain.life.lifecycle import allowed_steps

R = ReportKind

STEPS: Final[Mapping[str, ReportKind]] = {
    "accept": R.ACCEPTED,
    "schedule": R.SCHEDULED,
    "start": R.IN_PROGRESS,
    "hold": R.ON_HOLD,
    "note": R.NOTE,
    "message": R.MESSAGE,
    "need-information": R.NEEDS_INFORMATION,
    "refer": R.REFERRED,
    "complete": R.COMPLETED,
    "cannot-complete": R.CANNOT_COMPLETE,
}
"""A step of the desk -> the report that means the same. `crew` and `photos` are the desk's own."""

OWN: Final = ("crew", "photos")


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a crew did, maybe offline: `client_id` names it for good, `at` is when, by their own clock."""

    assignment_id: UUID
    step: str
    client_id: str
    at: datetime | None = None
    text: str | None = None
    scheduled_for: datetime | None = None
    refer_to: str | None = None
    hold_reason: str | None = None
    handed_to: str | None = None
    reason_code: str | None = None
    duplicate_of: str | None = None
    disposition: Disposition | None = None
    explanation: Texts = field(default_factory=dict)
    evidence: Sequence[Evidence] = ()
    photos: Sequence[str] = ()
    crew: str | None = None
    visible_from: datetime | None = None


def report_of(action: Action, request_id: UUID, photo_ids: Sequence[str], now: datetime) -> AgencyReport:
    """Write an action as a report; its photos, else its note, are the evidence of finished work.

    >>> from datetime import UTC
    >>> day = datetime(2026, 3, 2, tzinfo=UTC)
    >>> done = Action(UUID(int=1), "complete", "c-1", text="New bulb.", disposition=Disposition.FIXED)
    >>> report = report_of(done, UUID(int=2), (), day)
    >>> report.kind.value, [(one.kind.value, one.reference) for one in report.evidence]
    ('completed', [('crew_note', 'New bulb.')])
    >>> [one.kind.value for one in report_of(done, UUID(int=2), ("0" * 64,), day).evidence]
    ['photo', 'crew_note']
    """
    kind = STEPS[action.step]
    shown = [*action.evidence, *(Evidence(kind=EvidenceKind.PHOTO, reference=name) for name in photo_ids)]
    if action.text and kind is R.COMPLETED:
        shown.append(Evidence(kind=EvidenceKind.CREW_NOTE, reference=action.text[:500]))
    same = (
        "assignment_id", "text", "scheduled_for", "refer_to", "hold_reason", "handed_to", "reason_code", "duplicate_of",
        "disposition", "explanation", "visible_from",
    )  # fmt: skip
    said = {name: getattr(action, name) for name in same}
    said |= {"request_id": request_id, "update_id": action.client_id, "kind": kind}
    said |= {"reported_at": action.at or now, "evidence": tuple(shown)}
    return AgencyReport.model_validate(said)  # read, as from an outbox: intake itself publishes none


def happened_at(told: datetime | None, part: Part, kind: ReportKind, now: datetime) -> datetime:
    """Say when a step counts: when the crew took it, but not before its part stood where it does, nor in the future.

    An ending counts from now: the days to dispute it begin when the city learns of it.

    >>> from datetime import UTC
    >>> nine, ten, noon = (datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in (9, 10, 12))
    >>> part = Part(UUID(int=1), "lights", since=ten)
    >>> happened_at(nine, part, ReportKind.IN_PROGRESS, noon) == ten, happened_at(None, part, R.ACCEPTED, noon) == noon
    (True, True)
    >>> happened_at(ten, part, ReportKind.COMPLETED, noon) == noon
    True
    """
    if told is None or kind in {R.COMPLETED, R.CANNOT_COMPLETE}:
        return now
    return min(max(told, part.since or told), now)


def desk_steps(part: Part) -> tuple[str, ...]:
    """List what a crew may do with its part.

    >>> desk_steps(Part(UUID(int=1), "lights"))[:3], desk_steps(Part(UUID(int=1), "lights", ended=True))
    (('accept', 'schedule', 'start'), ())
    """
    if part.ended:
        return ()
    allowed = allowed_steps(part.substatus)
    return (*(step for step, kind in STEPS.items() if kind.value in allowed), *OWN)
