"""What agencies that have a request are told of changes to it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from contracts.intake import (
    AppointmentChanged,
    Cancelled,
    DetailsAmended,
    MessageSent,
    PhotosAdded,
    SubstatusChanged,
    UpdateRefused,
)
from contracts.sla import RequestEscalated
from contracts.survey import FeedbackRecorded
from contracts.vocabulary import NoticeKind, Substatus
from routing.domain.cases import AddPhotos, Amend, Case, Comment, Effect, End, Hold, LeaveTriage, Skip, Tell
from routing.domain.directory import Directory
from routing.domain.lifecycle import stand_alone, stand_back
from routing.domain.referral import add, refer


def pass_message(case: Case, message: MessageSent, _directory: Directory) -> Sequence[Effect]:
    """Pass a resident's or a clerk's message to everyone who has the request; keep it while nobody has.

    >>> from routing.domain.cases import example
    >>> pass_message(example(), MessageSent(sender="resident", message_ref="m-1"), Directory({}, {}))
    (Hold(message_ref='m-1'),)
    """
    if message.sender == "agency" or message.to == "requester":
        return ()
    told = tuple(
        Tell(held.agency, held.assignment_id, NoticeKind.MESSAGE, text=message.text, message_ref=message.message_ref)
        for held in case.active
    )
    return told or (Hold(message.message_ref),)


def pass_amendment(case: Case, amended: DetailsAmended, _directory: Directory) -> Sequence[Effect]:
    """Remember what was corrected, and tell everyone who has the request.

    >>> from uuid import UUID
    >>> from routing.domain.cases import Held, example
    >>> case = example(held=[Held(UUID(int=1), "roads", "crew"), Held(UUID(int=2), "parks", "trees", ended="referred")])
    >>> kept, told = pass_amendment(case, DetailsAmended(attributes={"depth": "knee"}), Directory({}, {}))
    >>> kept.attributes, told.agency
    ({'depth': 'knee'}, 'roads')
    """
    told = (Tell(held.agency, held.assignment_id, NoticeKind.AMENDED) for held in case.active)
    return (Amend(amended.place, amended.attributes), *told)


def pass_photos(case: Case, added: PhotosAdded, _directory: Directory) -> Sequence[Effect]:
    """Remember photos that came later, and tell everyone who has the request.

    >>> from contracts.intake import Photo
    >>> from uuid import UUID
    >>> from routing.domain.cases import Held, example
    >>> photo = Photo(photo_id="0" * 64, width=640, height=480)
    >>> case = example(held=[Held(UUID(int=1), "roads", "crew")])
    >>> kept, told = pass_photos(case, PhotosAdded(photos=(photo,)), Directory({}, {}))
    >>> len(kept.photos), told.agency, told.kind.value
    (1, 'roads', 'amended')
    """
    told = (Tell(held.agency, held.assignment_id, NoticeKind.AMENDED) for held in case.active)
    return (AddPhotos(added.photos), *told)


def pass_appointment(case: Case, changed: AppointmentChanged, _directory: Directory) -> Sequence[Effect]:
    """Tell everyone who has the request when they are expected, or no longer.

    >>> from datetime import UTC, datetime
    >>> from uuid import UUID
    >>> from routing.domain.cases import Held, example
    >>> day = datetime(2026, 3, 5, 15, tzinfo=UTC)
    >>> booked = AppointmentChanged(state="booked", appointment_id=UUID(int=3), starts_at=day, ends_at=day)
    >>> (told,) = pass_appointment(example(held=[Held(UUID(int=1), "roads", "crew")]), booked, Directory({}, {}))
    >>> told.agency, told.kind.value, told.appointment.state.value
    ('roads', 'amended', 'booked')
    """
    return tuple(Tell(held.agency, held.assignment_id, NoticeKind.AMENDED, appointment=changed) for held in case.active)


def withdraw(case: Case, _cancelled: Cancelled, _directory: Directory) -> Sequence[Effect]:
    """Tell everyone who has the request to stop: the requester withdrew it.

    >>> from uuid import UUID
    >>> from routing.domain.cases import Held, example
    >>> told, over = withdraw(example(held=[Held(UUID(int=1), "roads", "crew")]), Cancelled(), Directory({}, {}))
    >>> told.agency, told.kind.value, over.why
    ('roads', 'cancelled', 'cancelled')
    """
    told = (Tell(held.agency, held.assignment_id, NoticeKind.CANCELLED) for held in case.active)
    ends = (End(held.assignment_id, "cancelled") for held in case.active)
    return (*told, *ends, *((LeaveTriage("cancelled"),) if case.triage else ()))


def note_completion(case: Case, changed: SubstatusChanged, _directory: Directory) -> Sequence[Effect]:
    """Take note that one of several agencies has finished its part; other steps are not routing's business.

    >>> from uuid import UUID
    >>> from routing.domain.cases import Held, example
    >>> case = example(held=[Held(UUID(int=1), "roads", "crew"), Held(UUID(int=2), "parks", "trees")])
    >>> done = SubstatusChanged(substatus=Substatus.COMPLETED, assignment_id=UUID(int=2))
    >>> [over.assignment_id.int for over in note_completion(case, done, Directory({}, {}))]
    [2]
    """
    if changed.substatus is not Substatus.COMPLETED or changed.assignment_id is None:
        return ()
    return (End(changed.assignment_id, "completed"),) if case.assignment(changed.assignment_id) else ()


FOLLOW_UP: Mapping[str, Callable[[Case, Any, Directory], Sequence[Effect]]] = {
    "referral": refer,
    "additional": add,
    "message": pass_message,
    "amended": pass_amendment,
    "photos": pass_photos,
    "appointment": pass_appointment,
    "cancelled": withdraw,
    "duplicate": stand_back,
    "duplicate_unlinked": stand_alone,
    "substatus": note_completion,
}
"""What follows from each kind of change; a kind that is not listed is not routing's business."""


def follow_up(case: Case, change: Any, directory: Directory) -> Sequence[Effect]:
    """Decide what follows from a change.

    >>> from contracts.intake import ClockPaused
    >>> from routing.domain.cases import example
    >>> follow_up(example(), ClockPaused(reason="permit"), Directory({}, {}))
    ()
    """
    decide = FOLLOW_UP.get(change.kind)
    return decide(case, change, directory) if decide else ()


def warn(case: Case, escalated: RequestEscalated) -> Sequence[Effect]:
    """Tell the agency concerned, or everyone who has the request, what the clock found.

    >>> from datetime import UTC, datetime
    >>> from contracts.vocabulary import EscalationKind
    >>> from uuid import UUID
    >>> from routing.domain.cases import Held, example
    >>> case = example(held=[Held(UUID(int=1), "roads", "crew"), Held(UUID(int=2), "parks", "trees")])
    >>> late = RequestEscalated(request_id=case.request_id, sequence=1, about=case.about, agency="parks", level=2,
    ...     kind=EscalationKind.BREACHED, role="section-manager", due_at=datetime(2026, 1, 9, tzinfo=UTC))
    >>> [(told.agency, told.text) for told in warn(case, late)]
    [('parks', 'breached: level 2, section-manager')]
    """
    text = f"{escalated.kind.value.replace('_', ' ')}: level {escalated.level}, {escalated.role}"
    concerned = [held for held in case.active if escalated.agency in (None, held.agency)]
    return tuple(
        Tell(held.agency, held.assignment_id, NoticeKind.ESCALATED, text=text, due_at=escalated.due_at, priority=True)
        for held in concerned
    )


def thank(case: Case, praise: FeedbackRecorded) -> Effect:
    """Pass praise on to the agency that did the work, for the crew by its name; its words stay with survey.

    It takes a number of the inbox even where the agency never had the request: a rebuild hears of praise before it
    hears who had what, and counts the same.

    >>> from uuid import UUID
    >>> from routing.domain.cases import Held, example
    >>> case = example(held=[Held(UUID(int=1), "roads", "crew", ended="closed")])
    >>> praise = FeedbackRecorded(feedback_id=UUID(int=3), kind="praise", agency="roads", crew="Night 12", rating=5,
    ...     comment_ref="c-1")
    >>> told = thank(case, praise)
    >>> told.kind.value, told.crew, told.comment.ref
    ('praised', 'Night 12', 'c-1')
    >>> thank(example(), praise)
    Skip(agency='roads')
    """
    last = next((held for held in reversed(case.held) if held.agency == praise.agency), None)
    if last is None:
        return Skip(praise.agency)
    said = Comment(praise.comment_ref) if praise.comment_ref else None
    kind = NoticeKind.PRAISED
    return Tell(last.agency, last.assignment_id, kind, comment=said, crew=praise.crew, rating=praise.rating)


def hand_back(refused: UpdateRefused) -> Tell:
    """Tell an agency which of its updates was refused, by which rule, and what is allowed.

    >>> from uuid import UUID
    >>> refused = UpdateRefused(request_id=UUID(int=7), agency="roads", assignment_id=UUID(int=1), update_id="u-1",
    ...     code="evidence_missing", detail="Add evidence.", allowed=("photo",), field="evidence")
    >>> told = hand_back(refused)
    >>> told.agency, told.update_id, told.code, told.field, told.text
    ('roads', 'u-1', 'evidence_missing', 'evidence', 'Add evidence.')
    """
    return Tell(
        refused.agency,
        refused.assignment_id,
        NoticeKind.UPDATE_REFUSED,
        text=refused.detail,
        update_id=refused.update_id,
        code=refused.code,
        allowed=refused.allowed,
        field=refused.field,
    )
