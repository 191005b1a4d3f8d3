"""A request that the triage desk sent outside the city: whether that ends it."""

from contracts.routing import RequestDiverted
from contracts.vocabulary import Status, Substatus
from intake.domain.life.case import Case
from intake.domain.life.closing import Outcome


def ending_of(case: Case, event: RequestDiverted, *, follows: bool) -> Outcome | None:
    """Say how a request ends that was sent elsewhere; None where it stays open, or where much has happened since.

    What an agency still works on does not end, nor what was reopened since, nor what follows another request.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> from contracts.event import RequestFacts
    >>> from contracts.vocabulary import Disposition
    >>> from intake.domain.life.case import Part
    >>> at = datetime(2026, 3, 2, tzinfo=UTC)
    >>> about = RequestFacts(tracking_number="T", service_code="other", opened_at=at)
    >>> sent = RequestDiverted(request_id=UUID(int=7), sequence=1, about=about, diversion_id=UUID(int=8),
    ...     destination="county", kind="county", reason="another-government", explanation={"en": "Call the county."},
    ...     disposition=Disposition.NOT_OUR_JURISDICTION, diverted_by="agent", diverted_at=at)
    >>> waiting = Case(Substatus.RECEIVED)
    >>> ending_of(waiting, sent, follows=False).disposition.value
    'not_our_jurisdiction'
    >>> ending_of(waiting, sent.model_copy(update={"disposition": None}), follows=False)
    >>> ending_of(Case(Substatus.ASSIGNED, parts=(Part(UUID(int=1), "lights"),)), sent, follows=False)
    """
    at_work = any(not part.ended and part.substatus is not Substatus.REFERRED for part in case.parts)
    over = case.status is Status.CLOSED or case.reopen_count != event.reopen_count
    if event.disposition is None or over or at_work or follows:
        return None
    return Outcome("", event.disposition, event.explanation, ())
