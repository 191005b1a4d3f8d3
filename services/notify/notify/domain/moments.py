"""Which changes a resident is told of, and in which words of the city."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from contracts.event import RequestEvent
from contracts.intake import (
    DuplicateLinked,
    MessageSent,
    ReferralAsked,
    RequestClosed,
    RequestCreated,
    RequestReopened,
    RequestUpdated,
    SubstatusChanged,
)
from contracts.routing import RequestAssigned
from contracts.sla import RequestEscalated, RequestPromised, RevisionReason
from contracts.survey import SurveyInvited
from contracts.vocabulary import AssignmentCause, Disposition, EscalationKind, Moment, Substatus


class News(NamedTuple):
    """One thing to tell. `transition` names the change itself, so that it is told once however often it is heard of."""

    moment: Moment
    transition: str
    details: Mapping[str, Any] = MappingProxyType({})


def news_of(event: RequestEvent) -> News | None:
    """Say what a resident should know of an event; None when it is the city's own business.

    The clock's pause comes with the step that caused it, which is told: on hold, or a question to the requester.

    >>> from contracts.intake import ClockPaused
    >>> news_of(RequestUpdated.model_construct(change=ClockPaused(reason="weather"), sequence=3)) is None
    True
    """
    return TOLD[type(event)](event)


class Promise(NamedTuple):
    """What was promised, as it was told: in words, and the day of the target."""

    words: Mapping[str, str]
    due_at: datetime | None = None


def promise_of(event: RequestPromised) -> Promise:
    """Read what is promised; the target is the day that it has moved to while the request waited, if it did.

    >>> first, moved = datetime(2026, 3, 9), datetime(2026, 3, 11)
    >>> promised = RequestPromised.model_construct
    >>> [promise_of(promised(words={}, due_at=first, deadline_at=at)).due_at.day for at in (None, moved)]
    [9, 11]
    """
    return Promise(event.words, event.deadline_at or event.due_at)


_TOLD_WITH_THE_STEP: Final = frozenset({RevisionReason.PAUSED, RevisionReason.SCHEDULED})


def has_news(event: RequestPromised, told: Promise | None) -> bool:
    """Tell a revised promise only when it reads otherwise than what was told before, or the work goes on after a hold.

    That it waits, and the day that its agency has set, are told with the step that does it.

    >>> def promise(revision, words, reason=None):
    ...     return RequestPromised.model_construct(revision=revision, words={"en": words}, reason=reason)
    >>> told = Promise({"en": "within 3 days"})
    >>> has_news(promise(1, "within 3 days"), None), has_news(promise(2, "within 3 days"), told)
    (True, False)
    >>> has_news(promise(2, "within 9 days"), told), has_news(promise(2, "within 3 days", "resumed"), told)
    (True, True)
    >>> has_news(promise(2, "It waits.", "paused"), told), has_news(promise(2, "on March 9", "scheduled"), told)
    (False, False)
    """
    if event.reason in _TOLD_WITH_THE_STEP:
        return False
    said = promise_of(event)
    return event.revision == 1 or said != told or event.reason == RevisionReason.RESUMED


def survey_transition(invitation_id: object, *, reminder: bool = False) -> str:
    """Name an invitation or its reminder, so that its answer can take back the message.

    >>> survey_transition(42), survey_transition(42, reminder=True)
    ('survey:42', 'survey:42:reminder')
    """
    return f"survey:{invitation_id}{':reminder' if reminder else ''}"


# Why an agency has the request decides how it is told; a reopening was told when it happened.
_BY_CAUSE: Final[dict[AssignmentCause, Moment]] = {
    AssignmentCause.RULE: Moment.ASSIGNED,
    AssignmentCause.READING: Moment.ASSIGNED,
    AssignmentCause.TRIAGE: Moment.ASSIGNED,
    AssignmentCause.ADDITIONAL: Moment.ASSIGNED,
    AssignmentCause.REFERRAL: Moment.REFERRED,
}

# `awaiting_requester` comes with a message that says what is needed; the others are the city's own steps.
_BY_SUBSTATUS: Final[dict[Substatus, Moment]] = {
    Substatus.SCHEDULED: Moment.SCHEDULED,
    Substatus.IN_PROGRESS: Moment.IN_PROGRESS,
    Substatus.ON_HOLD: Moment.ON_HOLD,
}

_BY_NEED: Final[dict[bool, Moment]] = {True: Moment.NEEDS_INFORMATION, False: Moment.MESSAGE}


def _created(event: RequestCreated) -> News:
    calls = {"told_to_call": [*event.told_to_call]}
    return News(Moment.RECEIVED, "created", calls if event.told_to_call else {})


def _assigned(event: RequestAssigned) -> News | None:
    moment = _BY_CAUSE.get(event.cause)
    details = {"agency": event.agency, "explanation": event.reason}
    return News(moment, f"assigned:{event.assignment_id}", details) if moment else None


def _promised(event: RequestPromised) -> News:
    moment = Moment.PROMISED if event.revision == 1 else Moment.PROMISE_CHANGED
    due = promise_of(event).due_at
    details = {"words": event.words, "due_at": due and due.isoformat(), "reason": event.reason}
    return News(moment, f"promised:{event.revision}", details)


def compared(news: News, told: Promise | None) -> News:
    """Add to a revised promise what was told before, so that people read what has changed.

    >>> compared(News(Moment.PROMISE_CHANGED, "promised:2"), Promise({"en": "in 3 days"})).details["before"]
    {'en': 'in 3 days'}
    """
    if told is None or news.moment is not Moment.PROMISE_CHANGED:
        return news
    before = {"before": told.words, "due_before": told.due_at and told.due_at.isoformat()}
    return news._replace(details={**news.details, **before})


def _updated(event: RequestUpdated) -> News | None:
    tell = _CHANGES.get(type(event.change))
    return tell(event, event.change) if tell else None


def _substatus(event: RequestUpdated, change: SubstatusChanged) -> News | None:
    moment = _BY_SUBSTATUS.get(change.substatus)
    when = change.scheduled_for and change.scheduled_for.isoformat()
    details = {"agency": change.agency, "scheduled_for": when, "reason": change.reason}
    return News(moment, f"updated:{event.sequence}", details) if moment else None


def _message(_event: RequestUpdated, change: MessageSent) -> News | None:
    if change.sender == "resident" or change.to == "agency":
        return None
    details = {"agency": change.agency, "message": change.text}
    return News(_BY_NEED[change.needs_answer], f"message:{change.message_ref}", details)


def _referral(event: RequestUpdated, change: ReferralAsked) -> News | None:
    # Where the next desk is known, its assignment brings the news; else it would be silent until triage decides.
    if change.to_agency:
        return None
    return News(Moment.REFERRED, f"updated:{event.sequence}", {"explanation": change.explanation or change.reason})


def _escalated(event: RequestEscalated) -> News | None:
    # One broken promise is one piece of news, whoever is told of it inside the agency.
    due = event.due_at.isoformat()
    told = News(Moment.LATE, f"late:{due}", {"due_at": due, "agency": event.agency})
    return told if event.kind is EscalationKind.BREACHED else None


def _closed(event: RequestClosed) -> News:
    cancelled = event.disposition is Disposition.CANCELLED_BY_REQUESTER
    details = {
        "explanation": event.explanation,
        "disposition": event.disposition.value,
        "agency": event.agencies[0] if event.agencies else None,
    }
    return News(Moment.CANCELLED if cancelled else Moment.CLOSED, f"closed:{event.closure_id}", details)


def _reopened(event: RequestReopened) -> News:
    agency = event.agencies[0] if event.agencies else None
    return News(Moment.REOPENED, f"reopened:{event.closure_id}", {"agency": agency})


def _invited(event: SurveyInvited) -> News:
    details = {"invitation_id": str(event.invitation_id)}
    return News(Moment.SURVEY_INVITED, survey_transition(event.invitation_id, reminder=event.reminder), details)


def _linked(event: RequestUpdated, _change: DuplicateLinked) -> News:
    return News(Moment.LINKED, f"updated:{event.sequence}")


def flow_of(event: RequestEvent) -> str | None:
    """Name what very much of may come at once, so that it gives way to others: a request's news, a desk's endings.

    >>> flow_of(RequestCreated.model_construct(request_id=7)) is None
    True
    """
    if isinstance(event, RequestCreated):
        return None  # everybody waits for a number
    if isinstance(event, RequestClosed):
        return f"closed:{event.closed_by}"
    return f"{type(event).TYPE}:{event.agency}" if isinstance(event, RequestEscalated) else str(event.request_id)


def news_for_followers(event: RequestEvent, news: News) -> News | None:
    """Say what those whose request follows this one are told of it; None where their own request brings the news.

    >>> from contracts.intake import RequestClosed
    >>> news_for_followers(RequestClosed.model_construct(), News(Moment.CLOSED, "closed:1")) is None
    True
    >>> news_for_followers(RequestAssigned.model_construct(), News(Moment.ASSIGNED, "assigned:1")).transition
    'parent:assigned:1'
    """
    shared = isinstance(event, RequestAssigned | RequestPromised | RequestUpdated | RequestEscalated)
    answerable = news.moment is not Moment.NEEDS_INFORMATION  # only the requester who was asked can answer
    return news._replace(transition=f"parent:{news.transition}") if shared and answerable else None


_CHANGES: Final[dict[type, Callable[[RequestUpdated, Any], News | None]]] = {
    SubstatusChanged: _substatus,
    MessageSent: _message,
    ReferralAsked: _referral,
    DuplicateLinked: _linked,
}
"""Changes of an open request that may be news; the clock's own, amendments and new followers are not."""

TOLD: Final[dict[type[RequestEvent], Callable[[Any], News | None]]] = {
    RequestCreated: _created,
    RequestAssigned: _assigned,
    RequestPromised: _promised,
    RequestUpdated: _updated,
    RequestEscalated: _escalated,
    RequestClosed: _closed,
    RequestReopened: _reopened,
    SurveyInvited: _invited,
}
"""Event -> what a resident should know of it."""
