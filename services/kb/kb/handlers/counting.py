"""Counting whether an answer helped: contacts, requests filed all the same, searches, views."""

import asyncio
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from chassis.records import Due, Received
from chassis.transaction import Transaction
from contracts.city import City
from contracts.intake import ContactErased, ContactRecorded, RequestCreated
from contracts.sla import ForecastPublished
from contracts.vocabulary import Clock
from kb.domain.counts import WITHIN, Measure, Tally, add_up, tallies_of
from kb.domain.gaps import stems_of
from kb.store import loop

FORGET: Final = "loop.forget"
KEPT: Final = timedelta(hours=48)
MOST_WAITING: Final = 2_000
"""Questions in vain that wait to be written."""


async def count_filed(tx: Transaction, received: Sequence[Received[RequestCreated]], city: City) -> None:
    """Count requests by service: was it filed although there is an article? A later copy is the same request."""
    first = [r.event for r in received if r.event.sequence == 1]
    counted = [Tally(Measure.FILED, e.about.service_code, e.about.opened_at.date()) for e in first]
    await loop.add_counts(tx, add_up(counted))
    people = [
        {"request_id": e.request_id, "contact_ref": ref, "service_code": e.about.service_code, "at": e.about.opened_at}
        for e in first
        if e.about.clock is Clock.WALL
        for ref in e.about.contact_refs
    ]
    await loop.note_filed(tx, people)
    await _note_filed_anyway(tx, [str(row["contact_ref"]) for row in people])
    await _note_uncategorised(tx, received, city)


async def _note_filed_anyway(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Count, once each, articles whose readers filed a request within the day; whichever of the two was heard first."""
    if contact_refs:
        found = await loop.filed_after(tx, contact_refs, WITHIN)
        await loop.add_counts(tx, add_up(Tally(Measure.FILED_ANYWAY, r["article_id"], r["at"].date()) for r in found))


async def _note_uncategorised(tx: Transaction, received: Sequence[Received[RequestCreated]], city: City) -> None:
    """Keep what requests that fit no service are about; words that were erased are forgotten here too."""
    events = [r.event for r in received if r.event.about.service_code in city.profile.triage_services]
    rows = {
        event.request_id: {
            "request_id": event.request_id,
            "language": event.about.language,
            "stems": " ".join(stems_of(event.description, event.about.language)),
            "opened_at": event.about.opened_at,
        }
        for event in events
    }
    await loop.note_uncategorised(tx, [row for row in rows.values() if row["stems"]])
    wordless = [request_id for request_id, row in rows.items() if not row["stems"]]
    if wordless:
        await loop.forget_uncategorised(tx, wordless)


async def count_contacts(tx: Transaction, received: Sequence[Received[ContactRecorded]]) -> None:
    """Count the contacts that an article answered, and who was handed on; note those who may come back."""
    await loop.add_counts(tx, add_up(tally for r in received for tally in tallies_of(r.event, r.at.date())))
    rows = [
        {
            "contact_id": r.event.contact_id,
            "article_id": r.event.article_id,
            "contact_ref": r.event.contact_ref,
            "at": r.at,
        }
        for r in received
        if r.event.article_id and r.event.contact_ref
    ]
    await loop.note_shown(tx, rows)
    await _note_filed_anyway(tx, [str(row["contact_ref"]) for row in rows])


async def follow_forecasts(tx: Transaction, received: Sequence[Received[ForecastPublished]]) -> None:
    """Keep what sla says of each service, for the directory."""
    newest = {
        r.event.service_code: r.event for r in sorted(received, key=lambda r: r.event.version) if r.event.area == "*"
    }
    rows = [
        {
            "service_code": event.service_code,
            "version": event.version,
            "words": event.words,
            "target_words": event.target_words,
            "days_80": event.basis.days_80,
        }
        for event in newest.values()
    ]
    await loop.keep_forecasts(tx, rows)


async def forget_people(tx: Transaction, received: Sequence[Received[ContactErased]]) -> None:
    """Forget what people were shown and filed who asked to be forgotten; what was counted names nobody, and stays."""
    await loop.forget_contacts(tx, {r.event.contact_ref: r.at for r in received})


async def forget(tx: Transaction, due: Sequence[Due]) -> None:
    """Forget who was shown what and who filed what, and promise to do so again tomorrow."""
    await loop.forget_before(tx, tx.now - KEPT)
    promise_to_forget(tx, due[0])


def promise_to_forget(tx: Transaction, cause: Due) -> None:
    """Promise to forget in a day's time."""
    tx.schedule(FORGET, "daily", tx.now + timedelta(days=1), {}, cause)


class Vain(NamedTuple):
    """A question in vain: its words, those of them that the city's own texts hold, those that many have typed."""

    language: str
    words: tuple[str, ...]
    ours: frozenset[str]
    popular: frozenset[str]
    is_told: bool = False
    """Whether somebody was told the task's name: it stays then."""

    def readable(self, popular: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Give the words that an editor may read; `popular` are those that many have typed by now."""
        allowed = self.ours | self.popular | (frozenset() if self.is_told else popular)
        return tuple(word for word in self.words if word in allowed)


@dataclass
class Ledger:
    """What is counted in passing, added up for a moment before it is written: a search costs no write of its own."""

    waiting: Counter[Tally] = field(default_factory=Counter)
    in_vain: deque[Vain] = field(default_factory=lambda: deque(maxlen=MOST_WAITING))
    """What was asked in vain, for the moment until its task is opened; while the database is away, the newest."""
    popular: dict[str, frozenset[str]] = field(default_factory=dict)
    """Words that many have typed in vain, by language."""
    writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, measure: Measure, subject: str, day: date) -> None:
        """Count one."""
        self.waiting[Tally(measure, subject, day)] += 1

    def take(self) -> tuple[Counter[Tally], list[Vain]]:
        """Give what waits, to be written, and begin anew."""
        taken = self.waiting, list(self.in_vain)
        self.waiting = Counter()
        self.in_vain.clear()
        return taken


def usage_since(since: date | None, now: datetime) -> date:
    """Tell from which day on to count: thirty days back unless given."""
    return since or (now - timedelta(days=30)).date()
