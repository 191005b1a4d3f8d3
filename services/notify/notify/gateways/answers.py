"""Reading what a provider answers over HTTP."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from notify.domain.retries import LONGEST_WAIT, Answer, Verdict

GONE: Final = frozenset({404, 410})
RETRY_AFTER_MOST: Final = int(LONGEST_WAIT.total_seconds())
# What asking again may cure: a time-out, too early, too many requests, and any fault of the server's own.
_PASSING: Final = frozenset({408, 425, 429})


def answer_of(status: int, retry_after: str | None, gone: frozenset[int] = frozenset({410})) -> Answer:
    """Read an answer; the statuses `gone` say that the address is dead.

    >>> answer_of(204, None).verdict.value, answer_of(503, None).verdict.value, answer_of(301, None).verdict.value
    ('taken', 'later', 'refused')
    >>> answer_of(429, "120").retry_after
    datetime.timedelta(seconds=120)
    >>> answer_of(410, None).gone, answer_of(404, None).gone, answer_of(404, None, GONE).gone
    (True, False, True)
    """
    detail = f"HTTP {status}"
    if 200 <= status < 300:  # noqa: PLR2004 - the HTTP class of success
        return Answer(Verdict.TAKEN, detail)
    if status in _PASSING or status >= 500:  # noqa: PLR2004 - the HTTP class of server errors
        return Answer(Verdict.LATER, detail, pause_of(retry_after, datetime.now(UTC)))
    return Answer(Verdict.REFUSED, detail, gone=status in gone)


def pause_of(retry_after: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After, in seconds or as a date; at most a day, None when it says nothing that can be read.

    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> pause_of("120", noon), pause_of("Mon, 02 Mar 2026 12:05:00 GMT", noon), pause_of("soon", noon)
    (datetime.timedelta(seconds=120), datetime.timedelta(seconds=300), None)
    >>> pause_of("7200", noon), pause_of("864000", noon)
    (datetime.timedelta(seconds=7200), datetime.timedelta(days=1))
    """
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return timedelta(seconds=min(int(retry_after[:9]), RETRY_AFTER_MOST))
    try:
        seconds = (parsedate_to_datetime(retry_after) - now).total_seconds()
    except (TypeError, ValueError):
        return None
    return timedelta(seconds=min(max(seconds, 0), RETRY_AFTER_MOST))
