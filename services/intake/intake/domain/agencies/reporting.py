"""An agency's update: what it changes, or by which rule it is refused."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from chassis.ids import derived_id
from contracts.agencies import AgencyReport
from contracts.city import City, Transfer
from contracts.event import Texts
from contracts.intake import Change, Evidence, MessageSent, ReferralAsked, SubstatusChanged
from contracts.vocabulary import EvidenceKind, ReportKind, Substatus
from intake.domain.agencies.standing import check_standing, current_of, unknown_assignment
from intake.domain.agencies.verifying import asks_for
from intake.domain.life.case import Case, Part, clock_changes, outcomes_if_ended, with_part
from intake.domain.life.closing import Outcome, Refusal, check_ending, combine
from intake.domain.life.lifecycle import ENDED, allowed_steps, step
from intake.domain.life.reasons import check_reason, referral_words, worded
from intake.domain.masking import mask, mask_reference

ENDINGS: Final = frozenset({ReportKind.COMPLETED, ReportKind.CANNOT_COMPLETE})
_TOLD_AS_MESSAGE: Final = frozenset({ReportKind.MESSAGE, ReportKind.NEEDS_INFORMATION, ReportKind.REFERRED})
_NEEDS_WORDS: Final = _TOLD_AS_MESSAGE | {ReportKind.NOTE}
_MOVES_NOTHING: Final = frozenset({ReportKind.MESSAGE, ReportKind.NOTE})

PATIENCE: Final = timedelta(minutes=10)
"""How long an update waits for its assignment; after this it is refused back to its agency."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An update that was taken: the case afterwards, what to tell, and the ending once every part has ended."""

    case: Case
    changes: tuple[Change, ...]
    note: str | None = None
    ending: Outcome | None = None


def has_words(report: AgencyReport) -> bool:
    """Tell whether an update says anything that could name somebody.

    >>> from uuid import UUID
    >>> has_words(AgencyReport(request_id=UUID(int=1), assignment_id=UUID(int=2), update_id="u", kind="accepted",
    ...     reported_at="2026-11-20T09:00:00Z"))
    False
    """
    return bool(report.text or report.explanation or report.evidence)


def masked(report: AgencyReport, names: Iterable[str]) -> AgencyReport:
    """Mask an agency's words on entry; the numbers of work orders and records stay.

    >>> from uuid import UUID
    >>> report = AgencyReport(request_id=UUID(int=1), assignment_id=UUID(int=2), update_id="u", kind="message",
    ...     reported_at="2026-11-20T09:00:00Z", text="Pat asked us to call 555-010-4477.")
    >>> masked(report, ["Pat"]).text
    '[name] asked us to call [phone].'
    """
    if not has_words(report):
        return report
    words = tuple(names)
    return report.model_copy(
        update={
            "text": mask(report.text, words) if report.text else report.text,
            "explanation": {language: mask(text, words) for language, text in report.explanation.items()},
            "evidence": tuple(_masked_evidence(item, words) for item in report.evidence),
        }
    )


def _masked_evidence(item: Evidence, names: tuple[str, ...]) -> Evidence:
    said = mask if item.kind is EvidenceKind.CREW_NOTE else mask_reference
    return Evidence(kind=item.kind, reference=said(item.reference, names))


def apply_report(
    case: Case, report: AgencyReport, agency: str, city: City, *, imported: bool, verifier: str | None = None
) -> Applied | Refusal:
    """Decide an update of an agency whose assignment is known; its words are masked already.

    With a `verifier`, finished work waits until somebody of that role has looked at it.
    """
    part, report = case.part(report.assignment_id), worded(report, city)
    refusal = (
        check_standing(case, part, agency)
        or _check_step(part, report)
        or check_reason(report, city)
        or _check_content(report, agency, city)
        or _check_ending(case, report, city, imported=imported)
    )
    if refusal or part is None:
        return refusal or unknown_assignment(current_of(case, agency))
    return _moved(case, part, report, city, verifier)


def _check_step(part: Part | None, report: AgencyReport) -> Refusal | None:
    if part is None or step("agency", part.substatus, report.kind):
        return None
    return Refusal(
        "step_not_allowed",
        f"{report.kind.value!r} does not follow {part.substatus.value!r}; send one of the steps allowed.",
        allowed_steps(part.substatus),
    )


def _check_content(report: AgencyReport, agency: str, city: City) -> Refusal | None:
    if report.kind in _NEEDS_WORDS and not (report.text or "").strip():
        return Refusal("text_missing", f"{report.kind.value!r} needs words in 'text'.", ("text",))
    if report.kind is ReportKind.SCHEDULED and report.scheduled_for is None:
        return Refusal("scheduled_for_missing", "'scheduled' needs a time in 'scheduled_for'.", ("scheduled_for",))
    if report.kind is ReportKind.ON_HOLD and _hold_reason(report) not in hold_reasons(city):
        detail = "'on_hold' needs one of the city's reasons in 'hold_reason'; send one of those allowed."
        return Refusal("hold_reason_missing", detail, hold_reasons(city))
    if report.kind is ReportKind.REFERRED and report.refer_to is not None:
        others = tuple(other.slug for other in city.working_agencies if other.slug != agency)
        if report.refer_to not in others:
            detail = "No other agency of this name takes requests; name one of those allowed, or none for triage."
            return Refusal("unknown_agency", detail, others)
    return None


def hold_reasons(city: City) -> tuple[str, ...]:
    """List why work may be put on hold; waiting for the requester is a step of its own.

    >>> from types import SimpleNamespace as Named
    >>> hold_reasons(Named(target_rules=Named(pause_reasons=("awaiting-requester", "weather"))))
    ('weather',)
    """
    asked = Substatus.AWAITING_REQUESTER.value.replace("_", "-")
    return tuple(reason for reason in city.target_rules.pause_reasons if reason != asked)


def _hold_reason(report: AgencyReport) -> str:
    return (report.hold_reason or "").replace("_", "-")


def _check_ending(case: Case, report: AgencyReport, city: City, *, imported: bool) -> Refusal | None:
    if report.kind not in ENDINGS:
        return None
    return check_ending(report, city, case.language, imported=imported)


def _moved(case: Case, part: Part, report: AgencyReport, city: City, verifier: str | None) -> Applied:
    stands = step("agency", part.substatus, report.kind) or part.substatus
    waits = verifier if report.kind is ReportKind.COMPLETED else None
    booked = report.scheduled_for if report.kind is ReportKind.SCHEDULED else part.scheduled_for
    ended, crew = stands in ENDED and waits is None, report.crew or part.crew
    moved = replace(part, substatus=stands, ended=ended, scheduled_for=booked, crew=crew)
    if report.kind in ENDINGS:
        moved = replace(moved, outcome=_outcome(report, part.agency, city))
    after = case if report.kind in _MOVES_NOTHING else with_part(case, moved)
    endings = outcomes_if_ended(after) if moved.ended else ()
    told = (asks_for(moved, waits),) if waits else _changes(report, part, stands, city)
    return Applied(
        case=after,
        changes=() if endings else (*told, *clock_changes(case, after, _hold_reason(report) or None)),
        note=report.text if report.kind not in _TOLD_AS_MESSAGE else None,
        ending=combine(endings) if endings else None,
    )


def _changes(report: AgencyReport, part: Part, stands: Substatus, city: City) -> tuple[Change, ...]:
    if report.kind is ReportKind.REFERRED:
        return (
            ReferralAsked(
                from_agency=part.agency,
                assignment_id=part.assignment_id,
                to_agency=report.refer_to,
                reason=report.text or "",
                explanation=referral_words(report, city),
            ),
        )
    if report.kind is ReportKind.NOTE:
        return ()
    moved = SubstatusChanged(
        substatus=stands,
        agency=part.agency,
        assignment_id=part.assignment_id,
        scheduled_for=report.scheduled_for if report.kind in {ReportKind.SCHEDULED, ReportKind.ON_HOLD} else None,
        reason=_hold_reason(report) or None if report.kind is ReportKind.ON_HOLD else None,
    )
    asks = report.kind is ReportKind.NEEDS_INFORMATION
    if not asks and report.kind is not ReportKind.MESSAGE:
        return (moved,)
    message = MessageSent(
        sender="agency",
        message_ref=derived_id("message", part.agency, part.assignment_id, report.update_id),
        agency=part.agency,
        text=report.text,
        needs_answer=asks,
    )
    return (message, moved) if asks else (message,)


def _outcome(report: AgencyReport, agency: str, city: City) -> Outcome:
    """Take the agency's explanation; what a disposition means stands in for the languages it left out."""
    assert report.disposition is not None  # noqa: S101 - the closure rule was kept
    meaning = city.dispositions[report.disposition].meaning
    explanation: Texts = {language: meaning.say(language) for language in city.profile.languages}
    given = {language: text for language, text in report.explanation.items() if text.strip()}
    said = explanation | given
    recipient = city.transfers.get(report.handed_to or "")
    if recipient:
        who = {language: _reached(recipient, language) for language in said}
        said = {language: f"{text} {who[language]}" for language, text in said.items()}
    return Outcome(agency, report.disposition, said, report.evidence, report.visible_from)


def _reached(recipient: Transfer, language: str) -> str:
    name = recipient.name.say(language)
    return f"{name}: {recipient.phone}." if recipient.phone else f"{name}."
