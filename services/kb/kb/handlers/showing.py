"""Showing articles: a line in a list, a whole version, what changed between two."""

import difflib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from chassis.sql import Row
from kb.domain.answers import reach
from kb.domain.rendering import page_of
from kb.domain.versions import is_stale
from kb.domain.workflow import parity
from kb.handlers.catalog import Card
from kb.handlers.finding import said
from kb.handlers.reading_room import ReadingRoom

_PARTS: Final = ("title", "summary", "body", "internal", "fees", "keywords")
_PLAIN: Final = ("agency", "services", "section", "audience", "review_by", "expires_at", "related", "transfers")
_STAFF: Final = ("internal", "transfers", "owner", "writers", "editors")


def line(card: Card, language: str, now: datetime) -> dict[str, Any]:
    """Show an article in a list."""
    return {
        "id": card.article_id,
        "version": card.version,
        "title": said(card.title, language),
        "summary": said(card.summary, language),
        "agency": card.agency,
        "services": list(card.services),
        "section": card.section,
        "is_stale": is_stale(card.review_by, now.date()),
        "banner": card.banner,
        "expires_at": card.holding.expires_at,
    }


def whole(row: Row, room: ReadingRoom, now: datetime, *, internal: bool) -> dict[str, Any]:
    """Show a version in every language; staff see script and desks beside it."""
    content: dict[str, Any] = row["content"]
    languages = parity(content, content.get("spoken", {}), room.city.profile.languages)
    facts = {
        "id": row["article_id"],
        "version": row["version"],
        "state": row["state"] if row["version"] == content["version"] else "published",
        "published_at": row["published_at"],
        "is_stale": _is_stale(content, now),
        "languages": languages,
        "html": {language: page_of(body) for language, body in content["body"].items()},
    }
    staff = dict.fromkeys(_STAFF)
    if internal:
        staff = {name: content.get(name) for name in _STAFF}
        staff |= {"owner": row["owner"], "transfers": desks(content.get("transfers", ()), room, now)}
    return content | facts | staff


def desks(slugs: Sequence[str], room: ReadingRoom, now: datetime, language: str = "en") -> list[dict[str, Any]]:
    """Show desks with their hours, and whether somebody answers now."""
    return [_desk(slug, room, now, language) for slug in slugs if slug in room.city.transfers]


def _desk(slug: str, room: ReadingRoom, now: datetime, language: str) -> dict[str, Any]:
    desk = room.city.transfers[slug]
    reached = reach(desk, room.city, room.local(now))
    return {
        "slug": slug,
        "name": said(desk.name.root, language),
        "kind": desk.kind,
        "phone": reached.phone,
        "hours": reached.hours,
        "open": reached.open,
        "reasons": said(desk.reasons.root, language),
        "services": list(desk.services),
    }


def changes(before: Mapping[str, Any], after: Mapping[str, Any], *, internal: bool) -> dict[str, list[str]]:
    """Compare two versions, part by part and language by language."""
    found: dict[str, list[str]] = {}
    for part in _PARTS if internal else [part for part in _PARTS if part != "internal"]:
        old, new = before.get(part) or {}, after.get(part) or {}
        for language in sorted({*old, *new}):
            lines = list(difflib.unified_diff(_lines(old, language), _lines(new, language), lineterm="", n=2))[2:]
            found |= {f"{part}.{language}": lines} if lines else {}
    changed = [name for name in _PLAIN if before.get(name) != after.get(name)]
    return found | {name: [f"-{before.get(name)}", f"+{after.get(name)}"] for name in changed}


def _lines(texts: Mapping[str, Any], language: str) -> list[str]:
    value = texts.get(language) or ""
    return list(value) if isinstance(value, list) else str(value).splitlines()


def _is_stale(content: Mapping[str, Any], now: datetime) -> bool:
    return is_stale(date.fromisoformat(content["review_by"]), now.date())
