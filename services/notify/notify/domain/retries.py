"""How long a message is tried, how often, and how it ends."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from contracts.vocabulary import DeliveryOutcome, Moment

BACKOFF: Final = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 900, 3600))
"""Pauses after each failed attempt; the last one repeats. A mail server that greylists is met again in time."""

LONGEST_WAIT: Final = timedelta(days=1)
"""What a provider asks to wait is heeded up to this."""

FRESH_FOR: Final[dict[Moment, timedelta]] = {
    Moment.RECEIVED: timedelta(days=3),
    Moment.NEEDS_INFORMATION: timedelta(days=7),
    Moment.CLOSED: timedelta(days=7),
    Moment.CANCELLED: timedelta(days=7),
    Moment.SURVEY_INVITED: timedelta(days=7),
    Moment.CAMPAIGN: timedelta(days=7),
}
"""How long news is worth telling, from when it was to be told; what is not listed for two days."""

FRESH_BY_DEFAULT: Final = timedelta(days=2)
PROFILE_WAIT: Final = timedelta(seconds=30)
"""How long a message waits for its contact's profile, which travels on a topic of its own."""
PROFILE_POLL: Final = timedelta(seconds=2)


class Verdict(StrEnum):
    """What a provider, or the lack of one, said."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"
    NOT_TRIED = "not_tried"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    UNKNOWN_CONTACT = "unknown_contact"
    PAUSED = "paused"
    QUEUED = "queued"


class Answer(NamedTuple):
    """A provider's answer to one attempt; `detail` never names an address.

    `gone` says that the address is dead for good. `parts` of a text were paid for; `paper` is to be printed.
    """

    verdict: Verdict
    detail: str | None = None
    retry_after: timedelta | None = None
    gone: bool = False
    parts: int = 0
    paper: str | None = None


class Trial(NamedTuple):
    """How often a message was tried, since when it waits, and until when it is worth telling."""

    attempts: int
    made_at: datetime
    expires_at: datetime


class Step(NamedTuple):
    """What follows: an outcome, or the time of the next attempt."""

    attempts: int
    outcome: DeliveryOutcome | None
    next_attempt_at: datetime
    detail: str | None = None


_ENDS: Final[dict[Verdict, DeliveryOutcome]] = {
    Verdict.TAKEN: DeliveryOutcome.DELIVERED,
    Verdict.REFUSED: DeliveryOutcome.FAILED,
    Verdict.UNREACHABLE: DeliveryOutcome.SUPPRESSED,
    Verdict.STALE: DeliveryOutcome.EXPIRED,
}
_TRIED: Final = frozenset({Verdict.TAKEN, Verdict.REFUSED, Verdict.LATER})


def pause_after(attempts: int) -> timedelta:
    """Wait longer after each failed attempt.

    >>> [pause_after(n).seconds for n in (1, 2, 3, 6, 60)]
    [2, 10, 60, 3600, 3600]
    """
    return BACKOFF[min(attempts, len(BACKOFF)) - 1]


def fresh_until(moment: Moment, told_from: datetime) -> datetime:
    """Say until when news is worth telling; nobody wants yesterday's crew announced next week.

    >>> monday = datetime(2026, 11, 16)
    >>> fresh_until(Moment.IN_PROGRESS, monday).day, fresh_until(Moment.CLOSED, monday).day
    (18, 23)
    """
    return told_from + FRESH_FOR.get(moment, FRESH_BY_DEFAULT)


def step_after(answer: Answer, trial: Trial, now: datetime) -> Step:
    """Decide what follows an attempt.

    >>> noon = datetime(2026, 11, 16, 12)
    >>> first = Trial(0, noon, noon + timedelta(days=2))
    >>> step_after(Answer(Verdict.TAKEN), first, noon).outcome.value
    'delivered'
    >>> later = step_after(Answer(Verdict.LATER, "450 try again"), first, noon)
    >>> later.outcome, later.attempts, later.next_attempt_at - noon == timedelta(seconds=2)
    (None, 1, True)
    >>> told = step_after(Answer(Verdict.LATER, "429", retry_after=timedelta(hours=5)), first, noon)
    >>> told.next_attempt_at - noon == timedelta(hours=5)
    True
    >>> rests = step_after(Answer(Verdict.PAUSED, retry_after=timedelta(seconds=30)), first, noon)
    >>> rests.attempts, rests.next_attempt_at - noon == timedelta(seconds=30)
    (0, True)
    >>> step_after(Answer(Verdict.LATER), first, noon + timedelta(days=3)).outcome.value
    'expired'
    """
    tried = trial.attempts + (answer.verdict in _TRIED)
    outcome = _ENDS.get(answer.verdict) or _given_up(answer.verdict, trial, now)
    return Step(tried, outcome, now + _pause(answer, tried), answer.detail)


def _given_up(verdict: Verdict, trial: Trial, now: datetime) -> DeliveryOutcome | None:
    if verdict is Verdict.UNKNOWN_CONTACT:
        return DeliveryOutcome.SUPPRESSED if now - trial.made_at > PROFILE_WAIT else None
    return DeliveryOutcome.EXPIRED if now > trial.expires_at else None


def _pause(answer: Answer, attempts: int) -> timedelta:
    if answer.verdict is Verdict.NOT_TRIED:
        return timedelta(0)
    if answer.verdict is Verdict.UNKNOWN_CONTACT:
        return PROFILE_POLL
    if answer.verdict is Verdict.PAUSED:
        return answer.retry_after or PROFILE_POLL
    return max(pause_after(max(attempts, 1)), min(answer.retry_after or timedelta(0), LONGEST_WAIT))
