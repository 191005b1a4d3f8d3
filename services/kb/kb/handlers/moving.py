"""Moving articles in from an export, with a report of what was dropped and why, and out as open data."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from chassis.commands import Reply
from chassis.errors import Problem
from chassis.principals import allow
from chassis.records import Command
from chassis.sql import Row
from chassis.transaction import Transaction
from contracts.city import Article
from kb.domain.importing import Defaults, File, Kind, Moved, read_export
from kb.domain.policy import POLICY
from kb.handlers.catalog import Page
from kb.handlers.editing import read_article
from kb.handlers.library import Opened
from kb.handlers.publishing import draft_many, publish_many
from kb.handlers.reading_room import ReadingRoom
from kb.store import articles as store
from kb.store import desk

COLUMNS: Final = ("id", "version", "language", "title", "summary", "body", "agency", "section", "services", "review_by")


@dataclass(frozen=True, slots=True)
class Export:
    """Files of another system, and what holds for articles that do not say it themselves."""

    kind: Kind
    files: tuple[File, ...]
    defaults: Defaults
    rehearse: bool = False
    drafts: bool = False


async def move_in(tx: Transaction, command: Command[Export], room: ReadingRoom) -> Reply:
    """Publish what an export holds, or keep it as drafts; each row is taken, unchanged, or dropped with its reason."""
    asked, who = command.payload, command.principal
    allow(POLICY, who, "articles.import", agency=asked.defaults.agency)
    if not (asked.rehearse or asked.drafts):
        allow(POLICY, who, "articles.import_published")
    moved = read_export(asked.kind, asked.files, asked.defaults)
    articles = await _checked(tx, moved, command, room)
    if asked.rehearse:
        taken = 0
    elif asked.drafts:
        articles = await _without_open_drafts(tx, moved, articles)
        taken = await draft_many(tx, articles, command, who)
    else:
        taken = len(await publish_many(tx, articles, command, who, room.city))
    report = {
        "read": len(moved.contents) + len(moved.dropped),
        "taken": taken,
        "unchanged": 0 if asked.rehearse else len(articles) - taken,
        "dropped": sorted(moved.dropped, key=lambda row: (row["file"], row["row"])),
        "notes": moved.notes,
    }
    tx.audit(who, "article.import", asked.kind, {"taken": taken, "dropped": len(moved.dropped)})
    return Reply(201, report)


async def _checked(tx: Transaction, moved: Moved, command: Command[Export], room: ReadingRoom) -> list[Article]:
    """Keep the articles that fit this city and are the caller's to write; the others are dropped with every reason."""
    kept, known = [], await store.standings(tx, list(moved.places))
    for content in list(moved.contents):
        try:
            article = read_article(content, room.city)
            for agency in {article.agency, known[article.id]["agency"] if article.id in known else article.agency}:
                allow(POLICY, command.principal, "articles.import", agency=agency)
        except Problem as problem:
            _drop(moved, content["id"], problem.detail)
            continue
        kept.append(article)
    return kept


def _drop(moved: Moved, article_id: str, reason: str) -> None:
    moved.contents[:] = [content for content in moved.contents if content["id"] != article_id]
    moved.dropped.append(moved.places[article_id] | {"id": article_id, "reason": reason})


async def _without_open_drafts(tx: Transaction, moved: Moved, articles: Sequence[Article]) -> list[Article]:
    """Leave alone what somebody is writing on."""
    begun = await desk.drafted(tx, [article.id for article in articles])
    for article_id in sorted(begun):
        _drop(moved, article_id, "somebody has a draft of it open: publish or drop that one first")
    return [article for article in articles if article.id not in begun]


async def open_data_of(opened: Opened, page: Page) -> list[dict[str, Any]]:
    """Read the articles of a page as they may be used by anybody."""
    async with opened as reads:
        return open_data(await store.articles_named(reads, [card.article_id for card in page.cards]))


def open_data(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Show the public articles as they may be used by anybody."""
    return [_public(row) for row in rows if row["content"]["audience"] == "public"]


def _public(row: Row) -> dict[str, Any]:
    said: Mapping[str, Any] = row["content"]
    kept = (
        "title",
        "summary",
        "body",
        "keywords",
        "section",
        "services",
        "related",
        "areas",
        "sources",
        "review_by",
        "fees",
    )
    dated = {"starts_at": said.get("starts_at"), "expires_at": said.get("expires_at")}
    head = {
        "id": row["article_id"],
        "version": row["version"],
        "agency": row["agency"],
        "published_at": row["published_at"],
    }
    return head | {name: said.get(name) for name in kept} | dated


def as_csv(articles: Sequence[Mapping[str, Any]]) -> str:
    """Write articles as a table, a line for each language; a cell that a spreadsheet would reckon with is made text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for article in articles:
        for language in article["title"]:
            texts = {name: article[name].get(language, "") for name in ("title", "summary", "body")}
            line = {**article, **texts, "language": language, "services": ";".join(article["services"])}
            writer.writerow([_safe_cell(line[name]) for name in COLUMNS])
    return out.getvalue()


def _safe_cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
