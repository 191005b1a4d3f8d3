"""Articles: lists, versions, what changed, what holds now, and whether they helped."""

import difflib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from chassis.errors import not_found
from chassis.http import Caller, Doors
from chassis.principals import Principal
from chassis.sql import Row
from contracts.city import LocalizedText
from kb.domain.answers import reach
from kb.domain.counts import Measure
from kb.domain.rendering import page_of
from kb.domain.workflow import parity
from kb.endpoints.shaping import IfNoneMatch, Version, cached, sees_internal, stale, tag
from kb.handlers.finding import said
from kb.handlers.reading_room import ReadingRoom
from kb.schemas import ArticleLine, ArticleVersion, DeskLine, Diff, Rating, VersionLine
from kb.store import articles as store

_PARTS: Final = ("title", "summary", "body", "internal", "fees", "keywords")
_PLAIN: Final = ("agency", "services", "section", "audience", "review_by", "expires_at", "related", "transfers")


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors for readers."""
    router = APIRouter(tags=["articles"])

    @router.get("/articles", response_model=list[ArticleLine])
    async def list_articles(
        caller: Caller,
        language: str = "en",
        service: Annotated[str | None, Query(max_length=100)] = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """List the current articles, all or those of a service."""
        async with doors.reads() as reads:
            rows = await store.current_articles(reads, internal=sees_internal(caller))
        now = doors.database.clock()
        found = [row for row in rows if service is None or service in row["content"]["services"]]
        lines = [_line(row, language, now).model_dump(mode="json") for row in found]
        return cached(
            lines, tag(language, now.date(), *(f"{r['article_id']}.{r['version']}" for r in found)), if_none_match
        )

    @router.get("/articles/{article_id}", response_model=ArticleVersion)
    async def show_article(
        article_id: str, caller: Caller, version: Version = None, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Show the current version of an article, or an earlier one; staff see script and desks beside it."""
        row = await _article(doors, caller, article_id, version)
        now = doors.database.clock()
        room.ledger.note(Measure.VIEWED, article_id, now.date())
        shown = _shown(row, room, caller, now)
        parts = (row["version"], row["owner"], shown["is_stale"], shown["transfers"], sees_internal(caller))
        return cached(shown, tag(article_id, *parts), if_none_match)

    @router.get("/articles/{article_id}/versions")
    async def list_versions(article_id: str, caller: Caller) -> list[VersionLine]:
        """List an article's versions, newest first."""
        await _article(doors, caller, article_id, None)
        async with doors.reads() as reads:
            return [VersionLine(**row) for row in await store.versions_of(reads, article_id)]

    @router.get("/articles/{article_id}/diff")
    async def compare_versions(article_id: str, caller: Caller, old: Version = 1, new: Version = None) -> Diff:
        """Tell what changed between two versions; the newest unless said."""
        before = await _article(doors, caller, article_id, old)
        after = await _article(doors, caller, article_id, new)
        changes = _changes(before["content"], after["content"], internal=sees_internal(caller))
        return Diff(old=before["version"], new=after["version"], changes=changes)

    @router.post("/articles/{article_id}/ratings", status_code=202)
    async def rate_article(article_id: str, body: Rating, caller: Caller) -> dict[str, bool]:
        """Say whether an article helped."""
        await _article(doors, caller, article_id, None)
        measure = Measure.RATED_HELPFUL if body.helpful else Measure.RATED_LOW
        room.ledger.note(measure, article_id, doors.database.clock().date())
        return {"counted": True}

    @router.get("/banners")
    async def list_banners(language: str = "en") -> list[ArticleLine]:
        """List the surge articles that hold now, for every page to show."""
        now = doors.database.clock()
        ids = [card.article_id for card in room.library.banners(now)]
        async with doors.reads() as reads:
            rows = [row for name in ids if (row := await store.article(reads, name))]
        return [_line(row, language, now) for row in rows]

    return router


async def _article(doors: Doors, caller: Principal, article_id: str, version: int | None) -> Row:
    """Load an article that the caller may read; what may not be read is not known to exist."""
    async with doors.reads() as reads:
        row = await store.article(reads, article_id, version)
    if row is None or (row["content"]["audience"] == "internal" and not sees_internal(caller)):
        raise not_found(f"article {article_id}" + (f" in version {version}" if version else ""))
    return row


def _line(row: Row, language: str, now: datetime) -> ArticleLine:
    content: dict[str, Any] = row["content"]
    return ArticleLine(
        id=row["article_id"],
        version=row["version"],
        title=LocalizedText(content["title"]).say(language),
        summary=LocalizedText(content["summary"]).say(language),
        agency=content["agency"],
        services=content["services"],
        section=content["section"],
        is_stale=stale(content, now),
        banner=content.get("banner", False),
        expires_at=content.get("expires_at"),
    )


def _shown(row: Row, room: ReadingRoom, caller: Principal, now: datetime) -> dict[str, Any]:
    content = dict(row["content"])
    languages = parity(content, content.get("spoken", {}), room.city.profile.languages)
    shown = content | {"id": row["article_id"], "version": row["version"], "state": row["state"]}
    shown |= {"published_at": row["published_at"], "is_stale": stale(content, now), "languages": languages}
    shown |= {"html": {language: page_of(body) for language, body in content["body"].items()}}
    staff: dict[str, Any] = {"internal": None, "transfers": None, "owner": None, "writers": None, "editors": None}
    if sees_internal(caller):
        staff = {name: shown.get(name) for name in staff} | {"owner": row["owner"]}
        staff |= {"transfers": _desks(content.get("transfers", ()), room, now)}
    return ArticleVersion(**(shown | staff)).model_dump(mode="json")


def _desks(slugs: Any, room: ReadingRoom, now: datetime) -> list[DeskLine]:
    return [desk_line(slug, room, now) for slug in slugs if slug in room.city.transfers]


def desk_line(slug: str, room: ReadingRoom, now: datetime, language: str = "en") -> DeskLine:
    """Show a desk with its hours, and whether somebody answers now."""
    desk = room.city.transfers[slug]
    reached = reach(desk, room.city, room.local(now))
    return DeskLine(
        slug=slug,
        name=said(desk.name.root, language),
        kind=desk.kind,
        phone=reached.phone,
        hours=reached.hours,
        open=reached.open,
        reasons=said(desk.reasons.root, language),
        services=list(desk.services),
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], *, internal: bool) -> dict[str, list[str]]:
    """Compare two versions, part by part and language by language."""
    found: dict[str, list[str]] = {}
    for part in _PARTS:
        if part == "internal" and not internal:
            continue
        old, new = before.get(part) or {}, after.get(part) or {}
        for language in sorted({*old, *new}):
            lines = list(difflib.unified_diff(_text(old, language), _text(new, language), lineterm="", n=2))[2:]
            found |= {f"{part}.{language}": lines} if lines else {}
    plain = {
        name: [f"-{before.get(name)}", f"+{after.get(name)}"] for name in _PLAIN if before.get(name) != after.get(name)
    }
    return found | plain


def _text(texts: Mapping[str, Any], language: str) -> list[str]:
    value = texts.get(language) or ""
    return list(value) if isinstance(value, list) else str(value).splitlines()
