"""Which of its assignments an agency may report of, and what; whatever is refused says so."""

from uuid import UUID

from contracts.vocabulary import Status
from intake.domain.life.case import Case, Part
from intake.domain.life.closing import Refusal
from intake.domain.life.lifecycle import allowed_steps


def unknown_assignment(current: tuple[str, ...] = ()) -> Refusal:
    """Refuse an update whose assignment was never given; `current` are those that its agency has of the request.

    >>> unknown_assignment(("a-1",)).allowed
    ('a-1',)
    """
    detail = "This assignment_id was never given; send the one in the newest notice."
    return Refusal("unknown_assignment", detail, current)


def current_of(case: Case, agency: str) -> tuple[str, ...]:
    """List an agency's own assignments of a request that have not ended.

    >>> from contracts.vocabulary import Substatus
    >>> lamp = Part(UUID(int=1), "lights")
    >>> over = Part(UUID(int=2), "lights", ended=True)
    >>> current_of(Case(Substatus.ASSIGNED, parts=(lamp, over)), "lights") == (str(UUID(int=1)),)
    True
    """
    return tuple(str(part.assignment_id) for part in case.parts if part.agency == agency and not part.ended)


def open_to(case: Case, assignment_id: UUID) -> tuple[str, ...]:
    """List what an agency may report of an assignment as it stands.

    >>> from contracts.vocabulary import Substatus
    >>> open_to(Case(Substatus.REFERRED, parts=(Part(UUID(int=1), "lights", Substatus.REFERRED),)), UUID(int=1))
    ('note', 'message')
    >>> open_to(Case(Substatus.ASSIGNED), UUID(int=1))
    ()
    """
    part = case.part(assignment_id)
    return allowed_steps(part.substatus) if part and not part.ended else ()


def check_standing(case: Case, part: Part | None, agency: str) -> Refusal | None:
    """Refuse an update of an assignment that is another's, or over.

    >>> from contracts.vocabulary import Substatus
    >>> lamp = Part(UUID(int=1), "lights")
    >>> check_standing(Case(Substatus.ASSIGNED, parts=(lamp,)), lamp, "trees").code
    'foreign_assignment'
    >>> check_standing(Case(Substatus.CLOSED, parts=(lamp,)), lamp, "lights").code
    'request_closed'
    >>> check_standing(Case(Substatus.ASSIGNED, parts=(lamp,)), lamp, "lights") is None
    True
    """
    current = current_of(case, agency)
    if part is None or part.agency != agency:
        return Refusal("foreign_assignment", "This assignment is not yours; send your own.", current)
    if case.status is Status.CLOSED:
        return Refusal("request_closed", "The request is closed; wait until it is assigned to you again.")
    if part.ended:
        return Refusal("stale_assignment", "This assignment has ended; send the current one.", current)
    return None
