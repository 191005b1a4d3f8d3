"""What an agency is told of a request: all of it when it gets it or something changed, else what happened."""

from typing import Final

from contracts.event import RequestFacts
from contracts.routing import AgencyNotice
from contracts.vocabulary import NoticeKind
from routing.domain.cases import Case, Tell

_WHOLE_STORY: Final = frozenset({NoticeKind.ASSIGNED, NoticeKind.REOPENED, NoticeKind.AMENDED})


def facts_of(case: Case) -> RequestFacts:
    """Tell the facts of a request, with the service a person, or the reader, may have corrected."""
    return case.about.model_copy(update={"service_code": case.retyped}) if case.retyped else case.about


def notice_of(case: Case, effect: Tell, sequence: int, notice_id: str, base_url: str) -> AgencyNotice:
    """Write the notice; `base_url` is where the agency reads what may not travel."""
    whole = effect.kind in _WHOLE_STORY
    held = case.assignment(effect.assignment_id)
    return AgencyNotice(
        request_id=case.request_id,
        notice_id=notice_id,
        sequence=sequence,
        kind=effect.kind,
        assignment_id=effect.assignment_id,
        about=facts_of(case),
        queue=held.queue if held else None,
        description=case.description if whole else None,
        place=case.place if whole else None,
        attributes=case.attributes if whole else {},
        photos=case.photos if whole else (),
        due_at=effect.due_at,
        details_url=f"{base_url}/requests/{case.request_id}/details",
        text=effect.text,
        message_ref=effect.message_ref,
        update_id=effect.update_id,
        code=effect.code,
        allowed=effect.allowed,
        priority=effect.priority,
        appointment=effect.appointment,
    )
