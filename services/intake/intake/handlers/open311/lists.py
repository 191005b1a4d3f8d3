"""What Open311 lists: requests with or without their history, updates, and articles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from chassis.errors import not_found
from chassis.http import Doors
from chassis.sql import Row
from chassis.transaction import Reads
from contracts.event import Texts
from intake import store
from intake.domain.conversations import Found, KeywordAnswers, NextStep, Question, next_of
from intake.domain.masking import mask
from intake.domain.open311.spreadsheet import line, row_of
from intake.domain.open311.views import UPDATE_KINDS, Resource, extensions_view, request_view, update_view
from intake.domain.public.view import public_entry
from intake.domain.requests.tracking import parse_tracking_number
from intake.handlers.desk import Desk, Facts
from intake.handlers.public.views import show_rows
from intake.store import Wanted


@dataclass(frozen=True, slots=True)
class Article:
    """An article of the city's knowledge, and the headings of the catalog it belongs to."""

    article_id: str
    title: Texts
    summary: Texts
    groups: tuple[str, ...]
    version: int = 1
    services: tuple[str, ...] = ()
    confidence: float | None = None
    next: NextStep | None = None


async def rows_of_numbers(reads: Reads, numbers: Sequence[str]) -> list[Row]:
    """Find requests by number, in the order asked; a number that is not ours is left out."""
    parsed = {number: parse_tracking_number(number) for number in numbers if number.isprintable()}
    found = await store.request_ids_of(reads, [n for n in parsed.values() if n], list(parsed))
    ids = [found[name] for given, own in parsed.items() for name in (own, given) if name and name in found]
    rows = await store.requests_of(reads, ids)
    return [rows[request_id] for request_id in dict.fromkeys(ids) if request_id in rows]


async def list_wanted(
    reads: Reads, wanted: Wanted | tuple[str, ...], desk: Desk, language: str, *, notes: bool
) -> list[Resource]:
    """List requests, newest first, or those of these numbers as they were asked; with `notes`, their extensions too."""
    found = rows_of_numbers(reads, wanted) if isinstance(wanted, tuple) else store.wanted_requests(reads, wanted)
    return await _with_notes(reads, await found, desk, language, notes=notes)


async def _with_notes(reads: Reads, rows: Sequence[Row], desk: Desk, language: str, *, notes: bool) -> list[Resource]:
    facts = await show_rows(reads, rows, desk)
    shown = [request_view(each, desk.city, language) for each in facts]
    if not notes:
        return shown
    lines = await store.timelines_of(reads, [row["request_id"] for row in rows])
    pairs = zip(shown, facts, rows, strict=True)
    return [
        view | extensions_view(each, _history(row, lines.get(row["request_id"], ())), desk.city, language)
        for view, each, row in pairs
    ]


def _history(row: Row, lines: Sequence[Row]) -> list[Facts]:
    created = {"kind": "created", "at": row["opened_at"], "channel": row["channel"]}
    entries = [public_entry(each["kind"], each["at"], each["detail"]) for each in lines]
    return [created, *(entry for entry in entries if entry)]


async def number_of_token(reads: Reads, token: str) -> str:
    """Find the number behind a token. Raises a 404 problem when there is none."""
    number = await store.number_of_token(reads, token) if token.isprintable() else None
    if number is None:
        raise not_found("token of this name")
    return number


async def list_updates(
    reads: Reads,
    period: tuple[datetime, datetime],
    numbers: Sequence[str],
    page: tuple[int, int],
    desk: Desk,
    language: str,
    *,
    finer: bool,
) -> list[Resource]:
    """List what happened in a period, oldest first, to all requests or to those of these numbers."""
    ids = [row["request_id"] for row in await rows_of_numbers(reads, numbers)] if numbers else None
    rows = await store.updates_between(reads, period, UPDATE_KINDS, ids, page)
    shown = [(row, public_entry(row["kind"], row["at"], row["detail"])) for row in rows]
    return [
        update_view(row["tracking_number"], row["id"], entry, desk.city, language, finer=finer)
        for row, entry in shown
        if entry
    ]


async def list_articles(reads: Reads, desk: Desk) -> list[Article]:
    """List the articles that intake knows."""
    return [_article(row, desk) for row in await store.article_rows(reads)]


def _article(row: Mapping[str, Any], desk: Desk) -> Article:
    codes = tuple(row["services"].split())
    return Article(row["article_id"], row["title"], row["summary"], _groups(codes, desk), row["version"], codes)


def _groups(services: Sequence[str], desk: Desk) -> tuple[str, ...]:
    known = (desk.city.services[code] for code in services if code in desk.city.services)
    return tuple(dict.fromkeys(service.group for service in known))


async def answer_question(doors: Doors, text: str, language: str, desk: Desk) -> list[Article]:
    """Answer a question by its article: as the knowledge base says, else from the copy kept here; none is empty."""
    question = Question(text, language, public=mask(text))
    await desk.knowledge.ask(question)
    async with doors.reads() as reads:
        own = KeywordAnswers(await store.article_words(reads))
    found = desk.knowledge.before(own).find(text, language)
    return [_told(found, desk)] if found else []


def _told(found: Found, desk: Desk) -> Article:
    step = next_of(found, desk.city)
    groups = _groups(found.services, desk)
    told = found.article_id, {**found.title}, {**found.summary}, groups, found.version, found.services
    return Article(*told, confidence=found.confidence, next=step)


async def write_rows(reads: Reads, wanted: Wanted, desk: Desk, language: str) -> tuple[str, Wanted | None]:
    """Write the next lines of the bulk file; also says where to go on, or None at the end."""
    rows = await store.wanted_requests(reads, wanted)
    facts = await show_rows(reads, rows, desk)
    text = "".join(line(row_of(each, desk.city, language)) for each in facts)
    if len(rows) < wanted.limit:
        return text, None
    return text, replace(wanted, before=(rows[-1]["opened_at"], rows[-1]["request_id"]))


def last_day(now: datetime) -> tuple[datetime, datetime]:
    """Give the period that is meant when a client names none."""
    return now - timedelta(days=1), now
