"""What is told of follow-ups: to who has one when it is due or late, and to who called for it once it is settled."""

from typing import Any, Final, NamedTuple
from uuid import UUID

from contracts.event import RequestFacts
from contracts.survey import FollowUpChanged, FollowUpState
from contracts.vocabulary import Moment
from notify.domain.moments import News

_NUMBER: Final = 8


class Matter(NamedTuple):
    """What a message is about; a follow-up of no request stands for one."""

    request_id: UUID
    about: RequestFacts


def matter_of(event: FollowUpChanged) -> Matter:
    """Say what a follow-up is about: its request, else itself, under a short number of its own.

    >>> changed = FollowUpChanged.model_construct
    >>> about = {"follow_up_id": UUID(int=7), "opened_at": None, "service_code": None}
    >>> matter_of(changed(**about, request_id=UUID(int=1), tracking_number="AB12")).request_id == UUID(int=1)
    True
    >>> own = matter_of(changed(**about, request_id=None, tracking_number=None))
    >>> own.request_id == UUID(int=7), own.about.tracking_number
    (True, 'F-00000000')
    """
    number = event.tracking_number or f"F-{event.follow_up_id.hex[:_NUMBER].upper()}"
    about = RequestFacts.model_construct(
        tracking_number=number, service_code=event.service_code or "", opened_at=event.opened_at
    )
    return Matter(event.request_id or event.follow_up_id, about)


def news_of_follow_up(event: FollowUpChanged) -> News | None:
    """Say what is to be told; None when somebody has just taken it, which they know themselves.

    >>> changed = FollowUpChanged.model_construct
    >>> news_of_follow_up(changed(state=FollowUpState.TAKEN, overdue=False, reminder=0)) is None
    True
    """
    if event.state is FollowUpState.TAKEN and not (event.overdue or event.reminder):
        return None
    is_settled = event.state is FollowUpState.SETTLED
    due = {} if is_settled else {"late_since" if event.overdue else "look_by": event.due_at.isoformat()}
    details: dict[str, Any] = {"agency": event.agency, "role": event.role, "explanation": event.what or None, **due}
    details |= {"outcome": event.outcome, "no_page": event.request_id is None or None}
    moment = Moment.FOLLOW_UP_SETTLED if is_settled else Moment.FOLLOW_UP_DUE
    return News(moment, f"followup:{event.follow_up_id}:{event.version}", details)
