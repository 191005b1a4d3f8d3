"""A finished work order is not yet a closed request: where the city asks for it, somebody looks first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

from contracts.city import City
from contracts.event import RequestFacts
from contracts.intake import Change, MessageSent, SubstatusChanged, VerificationChanged
from contracts.vocabulary import Substatus, VerificationState
from intake.domain.life.case import Case, Part, outcomes_if_ended, with_part
from intake.domain.life.closing import Outcome, combine


def verifier_of(city: City, service: str, agency: str, about: RequestFacts) -> str | None:
    """Say who looks at this finished work before it counts; None where nobody does, or this one was not drawn.

    Which ones are drawn follows from the request's number: asked twice, it is the same answer.

    >>> from types import SimpleNamespace as Named
    >>> from contracts.city.steps import StepsFile
    >>> city = Named(steps=StepsFile.model_validate({"verifications": [{"services": ["lamp"], "verifier": "agent"}]}))
    >>> verifier_of(city, "lamp", "lights", Named(tracking_number="A")), verifier_of(city, "tree", "lights", None)
    ('agent', None)
    """
    rule = city.steps.verifier(service, agency)
    if rule is None:
        return None
    return rule.verifier if drawn(about.tracking_number, rule.share) else None


def may_look(city: City, service: str, agency: str, role: str) -> bool:
    """Tell whether this role may say that the work is done: whoever the city names, and always a supervisor.

    >>> from types import SimpleNamespace as Named
    >>> from contracts.city.steps import StepsFile
    >>> city = Named(steps=StepsFile.model_validate({"verifications": [{"services": ["lamp"], "verifier": "agent"}]}))
    >>> [may_look(city, "lamp", "lights", role) for role in ("agent", "supervisor", "contact")]
    [True, True, False]
    """
    rule = city.steps.verifier(service, agency)
    return role in {"supervisor", rule.verifier if rule else "supervisor"}


def drawn(number: str, share: float) -> bool:
    """Tell whether a request belongs to the share that is looked at.

    >>> drawn("A", 1.0), drawn("A", 0.0), sum(drawn(str(n), 0.25) for n in range(1000)) in range(200, 300)
    (True, False, True)
    """
    return int.from_bytes(blake2b(number.encode(), digest_size=4).digest(), "big") < share * 2**32


def asks_for(part: Part, verifier: str) -> VerificationChanged:
    """Ask somebody to look at what an agency says it finished, and how it means to end it.

    >>> from uuid import UUID
    >>> from contracts.vocabulary import Disposition
    >>> lamp = Part(UUID(int=1), "lights", outcome=Outcome("lights", Disposition.FIXED, {"en": "New bulb."}, ()))
    >>> asks_for(lamp, "supervisor").state.value, asks_for(lamp, "supervisor").disposition.value
    ('asked', 'fixed')
    """
    asked = _change(part, VerificationState.ASKED, verifier, "")
    if part.outcome is None:
        return asked
    ending = {name: getattr(part.outcome, name) for name in ("disposition", "explanation", "evidence", "visible_from")}
    return asked.model_copy(update=ending)


@dataclass(frozen=True, slots=True)
class Looked:
    """What somebody found who looked: the case afterwards, what to tell, and the ending once every part has ended."""

    case: Case
    changes: tuple[Change, ...]
    ending: Outcome | None = None


def looked(case: Case, part: Part, verifier: str, reason: str, ref: str, *, done: bool) -> Looked:
    """Let a finished part count as ended, or give it back to its crew with what was found.

    >>> from uuid import UUID
    >>> from contracts.vocabulary import Disposition
    >>> lamp = Part(UUID(int=1), "lights", Substatus.COMPLETED, outcome=Outcome("lights", Disposition.FIXED, {}, ()))
    >>> case = Case(Substatus.COMPLETED, parts=(lamp,))
    >>> looked(case, lamp, "supervisor", "", "m", done=True).ending.disposition.value
    'fixed'
    >>> back = looked(case, lamp, "supervisor", "Still dark.", "m", done=False)
    >>> back.case.substatus.value, [change.kind for change in back.changes], back.ending
    ('in_progress', ['verification', 'substatus', 'message'], None)
    """
    if not done:
        return _sent_back(case, part, verifier, reason, ref)
    after = with_part(case, replace(part, ended=True))
    endings = outcomes_if_ended(after)
    told: Sequence[Change] = (_change(part, VerificationState.PASSED, verifier, reason),)
    ended = SubstatusChanged(substatus=Substatus.COMPLETED, agency=part.agency, assignment_id=part.assignment_id)
    return Looked(after, (*told,) if endings else (*told, ended), combine(endings) if endings else None)


def _sent_back(case: Case, part: Part, verifier: str, reason: str, ref: str) -> Looked:
    again = replace(part, substatus=Substatus.IN_PROGRESS, outcome=None)
    moved = SubstatusChanged(substatus=Substatus.IN_PROGRESS, agency=part.agency, assignment_id=part.assignment_id)
    word = MessageSent(sender="staff", message_ref=ref, agency=part.agency, text=reason, to="agency")
    return Looked(with_part(case, again), (_change(part, VerificationState.FAILED, verifier, reason), moved, word))


def _change(part: Part, state: VerificationState, verifier: str, reason: str) -> VerificationChanged:
    return VerificationChanged(
        state=state, agency=part.agency, assignment_id=part.assignment_id, verifier=verifier, reason=reason or None
    )
