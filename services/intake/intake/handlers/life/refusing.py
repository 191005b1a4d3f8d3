"""How a step that does not follow is refused: with a code, a sentence, and the steps that do."""

from chassis.errors import Problem, conflict
from intake.domain.life.lifecycle import steps_of
from intake.handlers.life.cases import File


def not_following(file: File, role: str, detail: str) -> Problem:
    """Refuse somebody's step on a whole request, and say which they may take."""
    at = file.case.substatus
    allowed = list(steps_of(role, at))
    return conflict(detail).saying(code="step_not_allowed", substatus=at.value, allowed=allowed)
