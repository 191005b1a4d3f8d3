"""When a request turns out to be another service's work than was first said."""

from contracts.intake import ServiceCorrected
from contracts.vocabulary import Status
from intake.domain.life.case import Case


def correction(case: Case, before: str, service_code: str) -> tuple[ServiceCorrected, ...]:
    """Say that it is another service's work, if its desk was found for another; what has ended stays what it was.

    >>> from contracts.vocabulary import Substatus
    >>> [change.service_code for change in correction(Case(Substatus.ASSIGNED), "other", "pothole")]
    ['pothole']
    >>> correction(Case(Substatus.ASSIGNED), "pothole", "pothole")
    ()
    >>> correction(Case(Substatus.CLOSED), "other", "pothole")
    ()
    """
    if before == service_code or case.status is Status.CLOSED:
        return ()
    return (ServiceCorrected(before=before, service_code=service_code),)
