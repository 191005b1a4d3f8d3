"""A request as its rules see it: where each agency's part stands, and where that leaves the whole."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.intake import Change, ClockPaused, ClockResumed
from contracts.vocabulary import Status, Substatus
from intake.domain.life.closing import Outcome
from intake.domain.life.lifecycle import ENDED
from intake.domain.life.reopening import Closure


@dataclass(frozen=True, slots=True)
class Part:
    """One agency's assignment: where it stands since when, and which desk and crew of the agency has it."""

    assignment_id: UUID
    agency: str
    substatus: Substatus = Substatus.ASSIGNED
    ended: bool = False
    outcome: Outcome | None = None
    queue: str = ""
    crew: str | None = None
    priority: bool = False
    scheduled_for: datetime | None = None
    since: datetime | None = None

    @property
    def is_looked_at(self) -> bool:
        """Finished, and somebody is to look before it counts as ended."""
        return self.substatus is Substatus.COMPLETED and not self.ended


@dataclass(frozen=True, slots=True)
class Case:
    """A request: its substatus is that of the part that moved last and is still open."""

    substatus: Substatus
    language: str = "en"
    paused: bool = False
    parts: tuple[Part, ...] = ()
    reopen_count: int = 0
    closure: Closure | None = None

    @property
    def status(self) -> Status:
        """Open or closed."""
        return Status.CLOSED if self.substatus is Substatus.CLOSED else Status.OPEN

    def part(self, assignment_id: UUID) -> Part | None:
        """Find the part of this assignment, or None."""
        return next((part for part in self.parts if part.assignment_id == assignment_id), None)


def with_part(case: Case, part: Part) -> Case:
    """Put a moved part in its place, and let the whole follow.

    >>> lamp, tree = Part(UUID(int=1), "lights"), Part(UUID(int=2), "trees")
    >>> both = with_part(with_part(Case(Substatus.RECEIVED), lamp), replace(tree, substatus=Substatus.IN_PROGRESS))
    >>> both.substatus.value
    'in_progress'
    >>> with_part(both, replace(lamp, substatus=Substatus.COMPLETED, ended=True)).substatus.value
    'in_progress'
    """
    others = tuple(other for other in case.parts if other.assignment_id != part.assignment_id)
    substatus = _standing(part, others)
    paused = substatus in STANDS_STILL
    return replace(case, parts=(*others, part), substatus=substatus, paused=paused)


def with_part_as_is(case: Case, part: Part) -> Case:
    """Put a part in its place without moving the whole.

    >>> lamp = Part(UUID(int=1), "lights")
    >>> with_part_as_is(Case(Substatus.RECEIVED, parts=(lamp,)), replace(lamp, crew="night")).parts[0].crew
    'night'
    """
    return replace(case, parts=tuple(part if p.assignment_id == part.assignment_id else p for p in case.parts))


def _standing(moved: Part, others: Sequence[Part]) -> Substatus:
    if not moved.ended and moved.substatus is not Substatus.REFERRED:
        return moved.substatus
    still_open = [part.substatus for part in others if not part.ended]
    return still_open[-1] if still_open else moved.substatus


STANDS_STILL: Final = frozenset({Substatus.AWAITING_REQUESTER, Substatus.ON_HOLD})
"""While a request stands here, the target's clock stands still."""


def clock_changes(before: Case, after: Case, reason: str | None = None) -> tuple[Change, ...]:
    """Say whether the target's clock stops or runs again: it stands still while the requester is asked, or on hold.

    >>> clock_changes(Case(Substatus.ASSIGNED), Case(Substatus.AWAITING_REQUESTER, paused=True))[0].reason
    'awaiting_requester'
    """
    if before.paused == after.paused or after.substatus is Substatus.CLOSED:
        return ()
    return (ClockPaused(reason=reason or after.substatus.value) if after.paused else ClockResumed(),)


def outcomes_if_ended(case: Case) -> tuple[Outcome, ...]:
    """List how the agencies ended it, once each has; nothing while one still works or a referral is under way.

    >>> from contracts.vocabulary import Disposition
    >>> done = Part(UUID(int=1), "lights", Substatus.COMPLETED, True, Outcome("lights", Disposition.FIXED, {}, ()))
    >>> len(outcomes_if_ended(Case(Substatus.COMPLETED, parts=(done,))))
    1
    >>> outcomes_if_ended(Case(Substatus.COMPLETED, parts=(done, Part(UUID(int=2), "trees"))))
    ()
    """
    if any(not part.ended for part in case.parts):
        return ()
    return tuple(part.outcome for part in case.parts if part.outcome)


def assigned(case: Case, part: Part, replaces: UUID | None, *, ends_referrals: bool) -> Case:
    """Give an agency its part; the one it replaces is over, and so is every referral it answers.

    >>> old = Part(UUID(int=1), "lights", Substatus.REFERRED)
    >>> case = assigned(Case(Substatus.REFERRED, parts=(old,)), Part(UUID(int=2), "trees"), old.assignment_id,
    ...                 ends_referrals=True)
    >>> case.substatus.value, [part.ended for part in case.parts]
    ('assigned', [True, False])

    What one agency had put on hold does not wait with the next, so that the clock runs again.

    >>> held = with_part(Case(Substatus.ASSIGNED), Part(UUID(int=1), "lights", Substatus.ON_HOLD))
    >>> moved = assigned(held, Part(UUID(int=2), "trees"), UUID(int=1), ends_referrals=False)
    >>> beside = assigned(held, Part(UUID(int=2), "trees"), None, ends_referrals=False)
    >>> [[change.kind for change in clock_changes(held, after)] for after in (moved, beside)]
    [['clock_resumed'], []]
    >>> late = assigned(Case(Substatus.CLOSED), Part(UUID(int=3), "trees"), None, ends_referrals=False)
    >>> late.substatus.value, late.parts[0].ended
    ('closed', True)
    """
    if case.status is Status.CLOSED:
        return replace(case, parts=(*case.parts, replace(part, substatus=Substatus.CLOSED, ended=True)))
    parts = tuple(
        replace(old, ended=True)
        if old.assignment_id == replaces or (ends_referrals and old.substatus is Substatus.REFERRED)
        else old
        for old in case.parts
    )
    beside_work = any(not old.ended and old.substatus not in {Substatus.ASSIGNED, *ENDED} for old in parts)
    whole = with_part(replace(case, parts=parts), part)
    return replace(whole, substatus=case.substatus, paused=case.paused) if beside_work else whole


def crew_of(case: Case, agency: str) -> str | None:
    """Name the crew that had this agency's latest part: a closing that was wrong goes back to those who closed it.

    >>> crew_of(Case(Substatus.RECEIVED, parts=(Part(UUID(int=1), "lights", ended=True, crew="night"),)), "lights")
    'night'
    """
    return next((part.crew for part in reversed(case.parts) if part.agency == agency), None)


def followed(case: Case) -> Case:
    """Let the whole follow another request: nobody works on it by itself, and nobody waits for its requester.

    >>> after = followed(Case(Substatus.AWAITING_REQUESTER, paused=True, parts=(Part(UUID(int=1), "lights"),)))
    >>> after.substatus.value, after.paused, after.parts[0].ended
    ('received', False, True)
    """
    parts = tuple(part if part.ended else replace(part, substatus=Substatus.CLOSED, ended=True) for part in case.parts)
    return replace(case, substatus=Substatus.RECEIVED, paused=False, parts=parts)


def dated(before: Case, after: Case, at: datetime) -> tuple[Case, tuple[Part, ...]]:
    """Say since when each part stands where it does, and which parts are others than before.

    >>> from datetime import UTC
    >>> noon, later = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 13, tzinfo=UTC)
    >>> lamp = Part(UUID(int=1), "lights", since=noon)
    >>> moved = Case(Substatus.ACCEPTED, parts=(replace(lamp, substatus=Substatus.ACCEPTED),))
    >>> case, parts = dated(Case(Substatus.ASSIGNED, parts=(lamp,)), moved, later)
    >>> case.parts[0].since == later, len(parts)
    (True, 1)
    """
    known = {part.assignment_id: part for part in before.parts}
    moved = {part.assignment_id: part for part in after.parts if known.get(part.assignment_id) != part}
    for name, part in moved.items():
        old = known.get(name)
        if old is None or (old.substatus, old.ended) != (part.substatus, part.ended):
            moved[name] = replace(part, since=at)
    return replace(after, parts=tuple(moved.get(p.assignment_id, p) for p in after.parts)), tuple(moved.values())


def closed(case: Case, closure: Closure) -> Case:
    """Close the whole: every part is over.

    >>> from datetime import UTC, datetime
    >>> from contracts.vocabulary import Disposition
    >>> ending = Closure(UUID(int=9), Disposition.FIXED, datetime(2026, 11, 20, tzinfo=UTC))
    >>> closed(Case(Substatus.ASSIGNED, parts=(Part(UUID(int=1), "lights"),)), ending).parts[0].ended
    True
    """
    parts = tuple(_over(part, closure) for part in case.parts)
    return replace(case, substatus=Substatus.CLOSED, paused=False, parts=parts, closure=closure)


def _over(part: Part, closure: Closure) -> Part:
    """End a part that ran still; what each agency did is there to see when the whole is."""
    ending = part.outcome and replace(part.outcome, visible_from=closure.visible_from)
    return replace(part, ended=True, substatus=part.substatus if part.ended else Substatus.CLOSED, outcome=ending)


def reopened(case: Case) -> Case:
    """Open the whole again: what ended before no longer counts, and the count goes up by one.

    >>> again = reopened(Case(Substatus.CLOSED))
    >>> again.substatus.value, again.reopen_count
    ('received', 1)
    """
    parts = tuple(replace(part, outcome=None) for part in case.parts)
    return replace(case, substatus=Substatus.RECEIVED, parts=parts, closure=None, reopen_count=case.reopen_count + 1)
