"""What is counted about knowledge: whether an answer helped, and whether a request was filed all the same."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from contracts.intake import ContactRecorded
from contracts.vocabulary import ContactKind

WITHIN: Final = timedelta(hours=24)
"""Whoever files a request so soon after an article was not helped by it."""
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


class Measure(StrEnum):
    """What is counted; the subject is an article, for requests a service, for searches a language."""

    FILED = "filed"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    NOT_RESOLVED = "not_resolved"
    FILED_ANYWAY = "filed_anyway"
    TRANSFERRED = "transferred"
    SEARCHED = "searched"
    NOT_FOUND = "not_found"
    VIEWED = "viewed"
    RATED_HELPFUL = "rated_helpful"
    RATED_LOW = "rated_low"


class Tally(NamedTuple):
    """One thing counted on one day (UTC)."""

    measure: Measure
    subject: str
    day: date


def tallies_of(contact: ContactRecorded, day: date) -> list[Tally]:
    """Count a contact that an article answered, once more when the person said whether it did; and who was handed on.

    >>> from uuid import UUID
    >>> from contracts.vocabulary import Channel
    >>> contact = ContactRecorded(contact_id=UUID(int=1), kind=ContactKind.QUESTION_ANSWERED, channel=Channel.PHONE,
    ...     article_id="parks", resolved=True)
    >>> [tally.measure.value for tally in tallies_of(contact, date(2026, 3, 2))]
    ['answered', 'resolved']
    >>> moved = ContactRecorded(contact_id=UUID(int=1), kind=ContactKind.CALL_TRANSFERRED, channel=Channel.PHONE,
    ...     destination="animal-shelter", reason="adoption")
    >>> [tally.subject for tally in tallies_of(moved, date(2026, 3, 2))]
    ['animal-shelter adoption']
    """
    found = []
    if contact.article_id is not None:
        found.append(Tally(Measure.ANSWERED, contact.article_id, day))
        if contact.resolved is not None:
            measure = Measure.RESOLVED if contact.resolved else Measure.NOT_RESOLVED
            found.append(Tally(measure, contact.article_id, day))
    if contact.kind in {ContactKind.CALL_TRANSFERRED, ContactKind.REFERRED_ONWARD} and _is_slug(contact.destination):
        reason = contact.reason if _is_slug(contact.reason) else "unsaid"  # free words are nobody's business here
        found.append(Tally(Measure.TRANSFERRED, f"{contact.destination} {reason}", day))
    return found


def _is_slug(text: str | None) -> bool:
    return text is not None and _SLUG.fullmatch(text) is not None


def add_up(tallies: Iterable[Tally]) -> Counter[Tally]:
    """Add up a batch, so that each count is written once.

    >>> monday = date(2026, 3, 2)
    >>> list(add_up([Tally(Measure.FILED, "potholes", monday)] * 3).values())
    [3]
    """
    return Counter(tallies)
