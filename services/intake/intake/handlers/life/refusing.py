"""How a step that does not follow is refused: with a code, a sentence, and the steps that do."""

from chassis.errors import Problem, conflict
from intake.domain.life.closing import Refusal
from intake.domain.life.lifecycle import steps_of
from intake.handlers.life.cases import File


def refused(refusal: Refusal, **more: object) -> Problem:
    """Refuse an agency's update as its outbox would."""
    return conflict(refusal.detail).saying(code=refusal.code, allowed=list(refusal.allowed), **more)


def not_following(file: File, role: str, detail: str) -> Problem:
    """Refuse somebody's step on a whole request, and say which they may take."""
    at = file.case.substatus
    allowed = list(steps_of(role, at))
    return conflict(detail).saying(code="step_not_allowed", substatus=at.value, allowed=allowed)
