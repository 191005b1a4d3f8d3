"""Whom to ask about which closing, when, and until when an answer counts."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple
from uuid import UUID

from chassis.ids import derived_uuid
from contracts.city import City, Service, Survey, SurveyProtocol, SurveyRule
from contracts.intake import RequestClosed
from contracts.survey import SurveyInvited
from contracts.vocabulary import Disposition

NOT_ASKED: Final = frozenset({Disposition.CANCELLED_BY_REQUESTER, Disposition.DUPLICATE})
"""Closings nobody is asked about: the requester's own wish, and a child of a request that is asked about itself."""

CONTACTS_PER_CLOSING: Final = 1000
"""Room for the sequence numbers of one closing's invitations and, from the middle on, of its reminders."""
MOST_ASKED: Final = 499

NOBODY: Final = SurveyRule(send=False)


class State(StrEnum):
    """Where an invitation stands."""

    WAITING = "waiting"
    SENT = "sent"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    SPARED = "spared"


class Invitation(NamedTuple):
    """One person asked about one closing. `sequence` orders a request's invitations over all its closings.

    `questions` are codes parted by spaces, all of the city's when there are none; `remind_days` of 0 is never.
    """

    invitation_id: UUID
    sequence: int
    contact_ref: str
    ask_at: datetime
    expires_at: datetime
    dispute_until: datetime
    questions: str = ""
    remind_days: int = 0


class Terms(NamedTuple):
    """How the work of an agency for a service is asked about: as they agreed, else as the city says."""

    rule: SurveyRule
    dispute_days: int
    link_valid_days: int
    share: float = 1.0
    after_closing: bool = False
    questions: str = ""
    remind_days: int = 0


def terms_of(city: City, service_code: str, agency: str, on: date) -> Terms:
    """Return the terms for a closing on a day; nobody is asked about a service the city does not know."""
    survey, service = city.survey, city.services.get(service_code)
    if service is None:
        return Terms(NOBODY, survey.dispute_days, survey.link_valid_days)
    found = city.agreement(agency, service_code, on)
    return agreed(found.survey if found else SurveyProtocol(), service, survey)


def agreed(protocol: SurveyProtocol, service: Service, survey: Survey) -> Terms:
    """Put an agreement's protocol over what holds for all; what it leaves out stays.

    >>> from types import SimpleNamespace as Some
    >>> service = Some(survey=SurveyRule(delay_hours=48), disputable_days=14)
    >>> survey = Some(link_valid_days=30, share=1.0, reminder_days=7)
    >>> agreed(SurveyProtocol(), service, survey)[3:], agreed(SurveyProtocol(), service, survey).rule.delay_hours
    ((1.0, False, '', 7), 48.0)
    >>> own = SurveyProtocol(asked_after="closing", delay_hours=2, share=0.1, questions=("done",), reminder_days=0)
    >>> agreed(own, service, survey)[3:], agreed(own, service, survey).rule.delay_hours
    ((0.1, True, 'done', 0), 2.0)
    """
    delay = protocol.delay_hours
    remind_days = survey.reminder_days if protocol.reminder_days is None else protocol.reminder_days
    return Terms(
        service.survey if delay is None else service.survey.model_copy(update={"delay_hours": delay}),
        service.disputable_days,
        survey.link_valid_days,
        survey.share if protocol.share is None else protocol.share,
        protocol.asked_after == "closing",
        " ".join(protocol.questions),
        remind_days or 0,
    )


def is_asked(disposition: Disposition, rule: SurveyRule) -> bool:
    """Tell whether a closing is asked about: every one, unless it was cancelled, was a duplicate or the city says no.

    >>> is_asked(Disposition.FIXED, SurveyRule()), is_asked(Disposition.UNABLE_TO_ACT, SurveyRule())
    (True, True)
    >>> is_asked(Disposition.DUPLICATE, SurveyRule()), is_asked(Disposition.FIXED, SurveyRule(send=False))
    (False, False)
    """
    return rule.send and disposition not in NOT_ASKED


def asks_at(closed_at: datetime, rule: SurveyRule, *, event_clock: bool) -> datetime:
    """Return when to ask: after the service's delay, so that the work can be seen; imported history at once.

    >>> from datetime import UTC
    >>> closed_at = datetime(2026, 3, 2, 17, tzinfo=UTC)
    >>> asks_at(closed_at, SurveyRule(delay_hours=24), event_clock=False).day
    3
    >>> asks_at(closed_at, SurveyRule(delay_hours=24), event_clock=True).day
    2
    """
    return closed_at if event_clock else closed_at + timedelta(hours=rule.delay_hours)


def invitations(closed: RequestClosed, terms: Terms, *, event_clock: bool) -> list[Invitation]:
    """Return one invitation for each person who follows the request; none where the closing is not asked about."""
    if not is_asked(closed.disposition, terms.rule):
        return []
    visible_from = max(closed.closed_at, closed.visible_from or closed.closed_at)
    asked_from = closed.closed_at if terms.after_closing else visible_from
    ask_at, first = asks_at(asked_from, terms.rule, event_clock=event_clock), first_sequence(closed.reopen_count)
    expires_at = ask_at + timedelta(days=terms.link_valid_days)
    dispute_until = visible_from + timedelta(days=terms.dispute_days)
    how = (ask_at, expires_at, dispute_until, terms.questions, terms.remind_days)
    return [
        Invitation(invitation_id(closed.closure_id, ref), number, ref, *how)
        for number, ref in enumerate(list(dict.fromkeys(closed.about.contact_refs))[:MOST_ASKED], first)
    ]


def invitation_id(closure_id: UUID, contact_ref: str) -> UUID:
    """Name an invitation for good: one for each closing and person, however often the closing is heard of."""
    return derived_uuid("survey invitation", closure_id, contact_ref)


def first_sequence(reopen_count: int) -> int:
    """Return the first sequence number of a closing's invitations; later closings number higher.

    >>> first_sequence(0), first_sequence(2)
    (1, 2001)
    """
    return reopen_count * CONTACTS_PER_CLOSING + 1


def reopen_count_of(sequence: int) -> int:
    """Return how often a request had been reopened when an invitation got this number.

    >>> reopen_count_of(1), reopen_count_of(first_sequence(2))
    (0, 2)
    """
    return (sequence - 1) // CONTACTS_PER_CLOSING


def reminder_sequence(sequence: int) -> int:
    """Return the number of an invitation's reminder: after all invitations of its closing, before those of the next.

    >>> reminder_sequence(1), reminder_sequence(first_sequence(2)), reopen_count_of(reminder_sequence(1001))
    (501, 2501, 1)
    """
    return sequence + CONTACTS_PER_CLOSING // 2


def as_invited(invited: SurveyInvited, at: datetime, terms: Terms) -> Invitation:
    """Restore an invitation from its event alone; how long it holds is counted from when it was sent.

    >>> from datetime import UTC
    >>> from contracts.event import RequestFacts
    >>> sent_at = datetime(2026, 3, 2, tzinfo=UTC)
    >>> about = RequestFacts(tracking_number="ABCD-EFGH", service_code="pothole", opened_at=sent_at)
    >>> ids = {"request_id": UUID(int=1), "invitation_id": UUID(int=2), "closure_id": UUID(int=3)}
    >>> invited = SurveyInvited(**ids, sequence=1, about=about, contact_ref="c-1")
    >>> as_invited(invited, sent_at, Terms(NOBODY, dispute_days=14, link_valid_days=30)).dispute_until.day
    16
    """
    expires_at, dispute_until = at + timedelta(days=terms.link_valid_days), at + timedelta(days=terms.dispute_days)
    how = (at, expires_at, dispute_until, " ".join(invited.questions), terms.remind_days)
    return Invitation(invited.invitation_id, invited.sequence, invited.contact_ref, *how)


def closed_door(state: State, now: datetime, expires_at: datetime) -> str | None:
    """Return why an invitation cannot be answered any more, or None while it can.

    >>> from datetime import UTC
    >>> last = datetime(2026, 4, 1, tzinfo=UTC)
    >>> [closed_door(state, last, last) for state in (State.SENT, State.ANSWERED, State.WITHDRAWN)]
    [None, 'answered', 'withdrawn']
    >>> closed_door(State.SENT, datetime(2026, 4, 2, tzinfo=UTC), last)
    'expired'
    """
    if state in {State.ANSWERED, State.WITHDRAWN}:
        return state.value
    return "expired" if now > expires_at else None
