"""What follows from a resident's own steps."""

from dataclasses import replace

from contracts.city import City
from contracts.vocabulary import Disposition, Substatus
from intake.domain.life.case import Case
from intake.domain.life.closing import Outcome
from intake.domain.life.lifecycle import step


def answered(case: Case) -> Case:
    """Set the work going again when the requester was asked; any other message changes nothing.

    >>> asked = Case(Substatus.AWAITING_REQUESTER, paused=True)
    >>> answered(asked).substatus.value, answered(asked).paused
    ('accepted', False)
    >>> answered(Case(Substatus.IN_PROGRESS)).substatus.value
    'in_progress'
    """
    goes_on = step("contact", case.substatus, "answer")
    if goes_on is None:
        return case
    parts = tuple(
        replace(part, substatus=goes_on) if part.substatus is Substatus.AWAITING_REQUESTER else part
        for part in case.parts
    )
    return replace(case, substatus=goes_on, paused=False, parts=parts)


def cancellation(city: City) -> Outcome:
    """End a request as its requester wished, in the city's words."""
    meaning = city.dispositions[Disposition.CANCELLED_BY_REQUESTER].meaning
    explanation = {language: meaning.say(language) for language in city.profile.languages}
    return Outcome("", Disposition.CANCELLED_BY_REQUESTER, explanation, ())
