"""What an agency is told of a request: all of it when it gets it or something changed, else what happened."""

from typing import Final, NamedTuple

from contracts.event import RequestFacts
from contracts.routing import AgencyNotice
from contracts.vocabulary import NoticeKind
from routing.domain.cases import Case, Tell


class Addresses(NamedTuple):
    """Where agencies read what may not travel."""

    intake: str
    survey: str


_WHOLE_STORY: Final = frozenset({NoticeKind.ASSIGNED, NoticeKind.REOPENED, NoticeKind.AMENDED})


def facts_of(case: Case) -> RequestFacts:
    """Tell the facts of a request, with the service a person, or the reader, may have corrected."""
    return case.about.model_copy(update={"service_code": case.retyped}) if case.retyped else case.about


def notice_of(case: Case, effect: Tell, sequence: int, notice_id: str, addresses: Addresses) -> AgencyNotice:
    """Write the notice; what may not travel is read at the addresses it names."""
    whole, said = effect.kind in _WHOLE_STORY, effect.comment
    held, details = case.assignment(effect.assignment_id), f"{addresses.intake}/requests/{case.request_id}/details"
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
        details_url=details,
        text=effect.text,
        message_ref=said.ref if said else effect.message_ref,
        words_url=said and (f"{addresses.survey}/comments/{said.ref}" if said.with_survey else details),
        crew=effect.crew,
        rating=effect.rating,
        update_id=effect.update_id,
        code=effect.code,
        allowed=effect.allowed,
        field=effect.field,
        priority=effect.priority,
        appointment=effect.appointment,
    )
