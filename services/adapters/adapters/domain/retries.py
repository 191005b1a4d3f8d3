"""How often an errand is tried, how long it waits between, and when it is parked for a person."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

BACKOFF: Final = tuple(timedelta(seconds=s) for s in (2, 10, 60, 300, 900, 3600))
"""Pauses after each failed attempt; the last one repeats."""


class Verdict(StrEnum):
    """What the agency's system said."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"


class Answer(NamedTuple):
    """An answer to one attempt: `number` is their record's, `order_number` their work order's.

    `version` guards the record's next change.
    """

    verdict: Verdict
    detail: str | None = None
    retry_after: timedelta | None = None
    number: str | None = None
    order_number: str | None = None
    version: str | None = None
    found: bool = False
    """It was there already: an answer of before had been lost."""


class State(StrEnum):
    """Where an errand stands. Those behind one that is not `sent` wait."""

    OPEN = "open"
    WAITS = "waits"
    PARKED = "parked"
    SENT = "sent"


class Next(NamedTuple):
    """What follows an attempt."""

    state: State
    attempts: int
    next_attempt_at: datetime


def after(answer: Answer, attempts: int, give_up_at: datetime, now: datetime) -> Next:
    """Decide what follows an attempt; `attempts` counts those before it.

    >>> noon = datetime(2026, 3, 2, 12)
    >>> friday = noon + timedelta(days=4)
    >>> after(Answer(Verdict.TAKEN), 0, friday, noon).state.value
    'sent'
    >>> after(Answer(Verdict.REFUSED, "HTTP 400"), 0, friday, noon).state.value
    'parked'
    >>> later = after(Answer(Verdict.LATER), 1, friday, noon)
    >>> later.state.value, later.attempts, (later.next_attempt_at - noon).seconds
    ('open', 2, 10)
    >>> (after(Answer(Verdict.LATER, retry_after=timedelta(minutes=9)), 0, friday, noon).next_attempt_at - noon).seconds
    540
    >>> after(Answer(Verdict.LATER), 9, noon, friday).state.value
    'parked'
    """
    tried = attempts + 1
    if answer.verdict is Verdict.TAKEN:
        return Next(State.SENT, tried, now)
    if answer.verdict is Verdict.REFUSED or now >= give_up_at:
        return Next(State.PARKED, tried, now)
    pause = max(BACKOFF[min(tried, len(BACKOFF)) - 1], answer.retry_after or timedelta(0))
    return Next(State.OPEN, tried, now + min(pause, BACKOFF[-1]))


def answer_of(status: int, retry_after: str | None = None, **more: str | None) -> Answer:
    """Read an HTTP status: what asking again may cure is tried again.

    >>> answer_of(201, number="7").number, answer_of(503).verdict.value, answer_of(301).verdict.value
    ('7', 'later', 'refused')
    >>> answer_of(429, "120").retry_after.seconds, answer_of(401).verdict.value
    (120, 'refused')
    """
    detail = f"HTTP {status}"
    if 200 <= status < 300:  # noqa: PLR2004 - the HTTP class of success
        return Answer(Verdict.TAKEN, detail, **more)  # type: ignore[arg-type]
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        seconds = min(int(retry_after), 3600) if retry_after and retry_after.isdigit() else None
        return Answer(Verdict.LATER, detail, timedelta(seconds=seconds) if seconds is not None else None)
    return Answer(Verdict.REFUSED, detail)
