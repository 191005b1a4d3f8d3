"""What is counted about knowledge: whether an answer helped, and whether a request was filed all the same."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from contracts.intake import ContactRecorded


class Measure(StrEnum):
    """What is counted; the subject is an article for answers, a service for requests, a language for searches."""

    FILED = "filed"
    ANSWERED = "answered"
    RESOLVED = "resolved"
    NOT_FOUND = "not_found"


class Tally(NamedTuple):
    """One thing counted on one day (UTC)."""

    measure: Measure
    subject: str
    day: date


def tallies_of(contact: ContactRecorded, day: date) -> list[Tally]:
    """Count a contact that an article answered, and once more when the person said that it did.

    >>> from uuid import UUID
    >>> from contracts.vocabulary import Channel, ContactKind
    >>> contact = ContactRecorded(contact_id=UUID(int=1), kind=ContactKind.QUESTION_ANSWERED, channel=Channel.PHONE,
    ...     article_id="parks", resolved=True)
    >>> [tally.measure.value for tally in tallies_of(contact, date(2026, 3, 2))]
    ['answered', 'resolved']
    """
    if contact.article_id is None:
        return []
    measures = (Measure.ANSWERED, *((Measure.RESOLVED,) if contact.resolved else ()))
    return [Tally(measure, contact.article_id, day) for measure in measures]


def add_up(tallies: Iterable[Tally]) -> Counter[Tally]:
    """Add up a batch, so that each count is written once.

    >>> monday = date(2026, 3, 2)
    >>> list(add_up([Tally(Measure.FILED, "potholes", monday)] * 3).values())
    [3]
    """
    return Counter(tallies)
