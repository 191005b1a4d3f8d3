"""Articles: lists, versions, what changed, what holds now, and whether they helped."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from chassis.errors import not_found
from chassis.http import Caller, Doors
from chassis.principals import Principal
from chassis.sql import Row
from chassis.tagged import IfNoneMatch, cached, tag
from kb.domain.counts import Measure
from kb.endpoints.shaping import Version, followed, sees_internal
from kb.handlers import showing
from kb.handlers.reading_room import ReadingRoom
from kb.schemas import ArticleLine, ArticleVersion, Diff, Listing, Rating, VersionLine
from kb.store import articles as store


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors for readers."""
    router = APIRouter(tags=["articles"])

    @router.get("/articles", response_model=list[ArticleLine])
    async def list_articles(
        request: Request,
        caller: Caller,
        asked: Annotated[Listing, Query()],
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """List the current articles, all or those of a service, a page at a time: `Link` names the next one."""
        catalog, now = await room.library.up_to_date(doors.reads()), doors.database.clock()
        page = catalog.page(internal=sees_internal(caller), service=asked.service, after=asked.after, limit=asked.limit)
        named = tag(asked.language, now.date(), *(f"{card.article_id}.{card.version}" for card in page.cards))
        lines = [showing.line(card, asked.language, now) for card in page.cards]
        return followed(cached(lines, named, if_none_match), request, page.after)

    @router.get("/articles/{article_id}", response_model=ArticleVersion)
    async def show_article(
        article_id: str, caller: Caller, version: Version = None, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Show the current version of an article, or an earlier one; staff see script and desks beside it."""
        row = await _article(doors, caller, article_id, version)
        now = doors.database.clock()
        room.ledger.note(Measure.VIEWED, article_id, now.date())
        shown = showing.whole(row, room, now, internal=sees_internal(caller))
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
        changes = showing.changes(before["content"], after["content"], internal=sees_internal(caller))
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
        return [ArticleLine(**showing.line(card, language, now)) for card in room.library.catalog.holding_banners(now)]

    return router


async def _article(doors: Doors, caller: Principal, article_id: str, version: int | None) -> Row:
    """Load an article that the caller may read; what may not be read is not known to exist."""
    async with doors.reads() as reads:
        row = await store.article(reads, article_id, version)
    if row is None or (row["content"]["audience"] == "internal" and not sees_internal(caller)):
        raise not_found(f"article {article_id}" + (f" in version {version}" if version else ""))
    return row
