"""Messages that were given up: which are kept for a person to look at, and under which name they are sent again."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Final

from contracts.vocabulary import DeliveryOutcome, Moment
from notify.domain.retries import fresh_until

MOST_AT_ONCE: Final = 500
"""So many are sent again by one call."""
_AGAIN: Final = re.compile(r":again:(\d+)$")


class Reason(StrEnum):
    """Why a message was given up: its provider refused it for good, or it was tried until it was old news."""

    REFUSED = "refused"
    TOO_OFTEN = "too_often"


def reason_of(
    outcome: DeliveryOutcome | None, moment: Moment, made_at: datetime, expires_at: datetime, put_off: str | None
) -> Reason | None:
    """Say why a message needs a person's look; None when it ended as it should.

    What was taken back before its time (an invitation that was answered), or was never put off, is nobody's failure.
    Nor is it worth anybody's time that a campaign reached one reader less.

    >>> monday, friday = datetime(2026, 3, 2), datetime(2026, 3, 6)
    >>> reason_of(DeliveryOutcome.FAILED, Moment.LATE, monday, friday, None).value
    'refused'
    >>> reason_of(DeliveryOutcome.EXPIRED, Moment.LATE, monday, friday, "HTTP 503").value
    'too_often'
    >>> reason_of(DeliveryOutcome.EXPIRED, Moment.LATE, monday, monday, "HTTP 503") is None
    True
    >>> reason_of(DeliveryOutcome.EXPIRED, Moment.LATE, monday, friday, None) is None
    True
    >>> reason_of(DeliveryOutcome.FAILED, Moment.CAMPAIGN, monday, friday, None) is None
    True
    """
    if moment is Moment.CAMPAIGN:
        return None
    if outcome is DeliveryOutcome.FAILED:
        return Reason.REFUSED
    ran_out = outcome is DeliveryOutcome.EXPIRED and expires_at >= fresh_until(moment, made_at)
    return Reason.TOO_OFTEN if ran_out and put_off else None


def again(transition: str) -> str:
    """Name news that is told again, so that it is another message than the one that was given up.

    >>> again("closed:7"), again("closed:7:again:1")
    ('closed:7:again:1', 'closed:7:again:2')
    """
    found = _AGAIN.search(transition)
    return f"{transition[: found.start()]}:again:{int(found[1]) + 1}" if found else f"{transition}:again:1"
