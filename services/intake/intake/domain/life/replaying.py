"""Where a request stands after what was published of it; the rules were kept when it was decided."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from contracts.intake import (
    Change,
    DuplicateLinked,
    ReferralAsked,
    RequestClosed,
    SubstatusChanged,
    VerificationChanged,
)
from contracts.vocabulary import Status, Substatus, VerificationState
from intake.domain.life.case import Case, Part, closed, followed, with_part, with_part_as_is
from intake.domain.life.closing import Outcome
from intake.domain.life.lifecycle import ENDED
from intake.domain.life.reopening import Closure
from intake.domain.life.resident import answered


def after_change(case: Case, change: Change) -> Case:
    """Follow a published change.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> case = Case(Substatus.ASSIGNED, parts=(Part(UUID(int=1), "lights"),))
    >>> moved = SubstatusChanged(substatus=Substatus.AWAITING_REQUESTER, agency="lights", assignment_id=UUID(int=1))
    >>> waits = after_change(case, moved)
    >>> waits.substatus.value, waits.paused
    ('awaiting_requester', True)
    >>> after_change(waits, SubstatusChanged(substatus=Substatus.ACCEPTED)).parts[0].substatus.value
    'accepted'

    Changes and closings travel on different topics: a step that was taken before the closing may be read after it.

    >>> over = Case(Substatus.CLOSED, parts=(Part(UUID(int=1), "lights", Substatus.COMPLETED, ended=True),))
    >>> after_change(over, moved) == over
    True
    >>> booked = moved.model_copy(update={"scheduled_for": datetime(2026, 3, 2, 9, tzinfo=UTC)})
    >>> after = after_change(over, booked)
    >>> after.substatus.value, after.parts[0].substatus.value, after.parts[0].scheduled_for.hour
    ('closed', 'completed', 9)
    """
    follow = _FOLLOWED.get(change.kind)
    return follow(case, change) if follow else case


def _moved(case: Case, change: SubstatusChanged) -> Case:
    if change.assignment_id is None:
        return answered(case)
    part = case.part(change.assignment_id)
    if part is None:
        return case
    booked = replace(part, scheduled_for=change.scheduled_for or part.scheduled_for)
    if part.ended:
        return with_part_as_is(case, booked)
    return with_part(case, replace(booked, substatus=change.substatus, ended=change.substatus in ENDED))


def _referred(case: Case, change: ReferralAsked) -> Case:
    part = _running(case, change.assignment_id)
    return with_part(case, replace(part, substatus=Substatus.REFERRED)) if part else case


def _running(case: Case, assignment_id: UUID) -> Part | None:
    """Find a part that has not ended: one that has does not move again."""
    part = case.part(assignment_id)
    return part if part and not part.ended else None


def _verified(case: Case, change: VerificationChanged) -> Case:
    part = _running(case, change.assignment_id)
    if part is None:
        return case
    meant = _asked(change) or part.outcome
    kept = None if change.state is VerificationState.FAILED else meant
    ended = change.state is VerificationState.PASSED
    return with_part(case, replace(part, substatus=Substatus.COMPLETED, ended=ended, outcome=kept))


def _asked(change: VerificationChanged) -> Outcome | None:
    """Tell how the agency meant to end its part, where the change says so."""
    if change.disposition is None:
        return None
    return Outcome(change.agency, change.disposition, change.explanation, change.evidence, change.visible_from)


def _linked(case: Case, _change: DuplicateLinked) -> Case:
    return case if case.status is Status.CLOSED else followed(case)


_FOLLOWED: Final[Mapping[str, Callable[[Case, Any], Case]]] = {
    "substatus": _moved,
    "referral": _referred,
    "duplicate": _linked,
    "verification": _verified,
}
"""The changes that move a part; all others are only told."""


def after_closing(case: Case, event: RequestClosed) -> Case:
    """Follow a published closing: an agency that closed it had ended the last part that was open.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> from contracts.event import RequestFacts
    >>> from contracts.vocabulary import Disposition
    >>> at = datetime(2026, 3, 2, tzinfo=UTC)
    >>> about = RequestFacts(tracking_number="T", service_code="s", opened_at=at)
    >>> closing = RequestClosed(request_id=UUID(int=7), sequence=1, about=about, closure_id=UUID(int=9), closed_at=at,
    ...     disposition=Disposition.FIXED, explanation={"en": "Done."}, closed_by="agency:lights", agencies=("lights",))
    >>> case = after_closing(Case(Substatus.ACCEPTED, parts=(Part(UUID(int=1), "lights"),)), closing)
    >>> case.substatus.value, case.parts[0].substatus.value, case.parts[0].outcome.disposition.value
    ('closed', 'completed', 'fixed')
    """
    by_agency = event.closed_by.startswith("agency:")
    alone = _outcome(event) if by_agency and len(event.agencies) == 1 else None
    parts = tuple(_ended(part, alone) if by_agency and not part.ended else part for part in case.parts)
    return closed(replace(case, parts=parts), closure_of(event))


def closure_of(event: RequestClosed) -> Closure:
    """Say which closing is in force.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> from contracts.event import RequestFacts
    >>> at = datetime(2026, 3, 2, tzinfo=UTC)
    >>> about = RequestFacts(tracking_number="T", service_code="s", opened_at=at)
    >>> closing = RequestClosed(request_id=UUID(int=7), sequence=1, about=about, closure_id=UUID(int=9), closed_at=at,
    ...     disposition="fixed", explanation={"en": "Done."}, closed_by="agency:lights", visible_from=at)
    >>> closure_of(closing).closure_id.int, closure_of(closing).seen_from == at
    (9, True)
    """
    return Closure(event.closure_id, event.disposition, event.closed_at, event.visible_from)


def _outcome(event: RequestClosed) -> Outcome:
    return Outcome(event.agencies[0], event.disposition, event.explanation, event.evidence, event.visible_from)


def _ended(part: Part, outcome: Outcome | None) -> Part:
    return replace(part, substatus=Substatus.COMPLETED, ended=True, outcome=outcome)
