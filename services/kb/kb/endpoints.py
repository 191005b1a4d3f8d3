"""Articles, search, suggestions for a text, and what knowledge was good for."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from chassis.errors import invalid, not_found
from chassis.http import Caller, Doors, json_response
from chassis.principals import Principal, allow, may
from chassis.sql import Row
from contracts.city import Article, City, LocalizedText
from kb import handlers, store
from kb.domain.policy import POLICY
from kb.domain.ranking import Match
from kb.domain.versions import is_stale
from kb.schemas import (
    ArticleLine,
    ArticleVersion,
    Hit,
    Question,
    Suggested,
    SuggestedService,
    Tongue,
    UsageLine,
    VersionLine,
)

IfNoneMatch = Annotated[str | None, Header(max_length=1000)]
Version = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


def routes(doors: Doors, city: City, articles: Mapping[str, Article]) -> APIRouter:
    """Make kb's routes."""
    router = APIRouter(tags=["kb"])
    links = {article.id: article.services for article in articles.values()}

    @router.get("/articles", response_model=list[ArticleLine])
    async def list_articles(
        caller: Caller, language: str = "en", service: str | None = None, if_none_match: IfNoneMatch = None
    ) -> Response:
        """List the current articles, all or those of a service."""
        async with doors.reads() as reads:
            rows = await store.current_articles(reads, internal=_sees_internal(caller))
        found = [row for row in rows if service is None or service in row["content"]["services"]]
        lines = [_line(row, language).model_dump(mode="json") for row in found]
        return _cached(
            lines, _tag(language, *(f"{row['article_id']}.{row['version']}" for row in found)), if_none_match
        )

    @router.get("/articles/{article_id}", response_model=ArticleVersion)
    async def show_article(
        article_id: str, caller: Caller, version: Version = None, if_none_match: IfNoneMatch = None
    ) -> Response:
        """Show the current version of an article, or an earlier one."""
        row = await _article(doors, caller, article_id, version)
        shown = _shown(row).model_dump(mode="json")
        return _cached(shown, _tag(article_id, str(row["version"]), str(shown["is_stale"])), if_none_match)

    @router.get("/articles/{article_id}/versions")
    async def list_versions(article_id: str, caller: Caller) -> list[VersionLine]:
        """List an article's versions, newest first."""
        await _article(doors, caller, article_id, None)
        async with doors.reads() as reads:
            return [VersionLine(**row) for row in await store.versions_of(reads, article_id)]

    @router.get("/search")
    async def search(
        q: Annotated[str, Query(min_length=1, max_length=400)],
        caller: Caller,
        language: str = "en",
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
    ) -> list[Hit]:
        """Find articles by their words, the best answer first."""
        tongue = _known(language, city)
        async with doors.reads() as reads:
            found = await handlers.search(reads, q, tongue, internal=_sees_internal(caller), limit=limit)
        if not found:
            async with doors.transaction() as tx:
                await handlers.note_not_found(tx, tongue)
        return [Hit(id=row["subject"], **{k: v for k, v in row.items() if k != "subject"}) for row in found]

    @router.get("/suggest")
    async def suggest(
        text: Annotated[str, Query(min_length=1, max_length=4000)], caller: Caller, language: Tongue = "en"
    ) -> Suggested:
        """Suggest articles and services for a short text."""
        return await _suggest(doors, city, links, Question(text=text, language=language), caller)

    @router.post("/suggest")
    async def suggest_for_text(body: Question, caller: Caller) -> Suggested:
        """Suggest articles and services for a text that should not stand in an address line."""
        return await _suggest(doors, city, links, body, caller)

    @router.get("/usage")
    async def show_usage(caller: Caller, since: date | None = None) -> list[UsageLine]:
        """Count, from a day on (30 days back unless given), what was filed, answered and searched in vain."""
        allow(POLICY, caller, "usage.read")
        first = since or (datetime.now(UTC) - timedelta(days=30)).date()
        async with doors.reads() as reads:
            return [_usage(row, links) for row in await store.usage_since(reads, first)]

    return router


# --- shaping answers -------------------------------------------------------------------------------------------------


async def _article(doors: Doors, caller: Principal, article_id: str, version: int | None) -> Row:
    """Load an article that the caller may read; what may not be read is not known to exist."""
    async with doors.reads() as reads:
        row = await store.article(reads, article_id, version)
    if row is None or (row["content"]["audience"] == "internal" and not _sees_internal(caller)):
        raise not_found(f"article {article_id}" + (f" in version {version}" if version else ""))
    return row


async def _suggest(doors: Doors, city: City, links: handlers.Links, asked: Question, caller: Principal) -> Suggested:
    internal = _sees_internal(caller)
    languages = handlers.languages_for(asked.language, city)
    async with doors.reads() as reads:
        language, found = await handlers.suggest_for(reads, asked.text, languages, links, internal=internal)
        known = await store.entries(reads, language, [match.subject for match in (*found.articles, *found.services)])
    articles = [_suggested(known["article", match.subject], match) for match in found.articles]
    services = [
        SuggestedService(code=match.subject, name=known["service", match.subject]["title"], score=match.score)
        for match in found.services
        if ("service", match.subject) in known  # a service that is not offered now is not suggested
    ]
    return Suggested(language=language, articles=articles, services=services)


def _suggested(entry: Row, match: Match) -> Hit:
    return Hit(
        id=match.subject, version=entry["version"], title=entry["title"], summary=entry["summary"], score=match.score
    )


def _sees_internal(caller: Principal) -> bool:
    return may(POLICY, caller, "articles.read_internal")


def _known(language: str, city: City) -> str:
    if language not in city.profile.languages:
        known = ", ".join(city.profile.languages)
        raise invalid([{"field": "language", "problem": f"the city does not write {language!r}; ask for {known}"}])
    return language


def _line(row: Row, language: str) -> ArticleLine:
    said: dict[str, Any] = row["content"]
    return ArticleLine(
        id=row["article_id"],
        version=row["version"],
        title=LocalizedText(said["title"]).say(language),
        summary=LocalizedText(said["summary"]).say(language),
        agency=said["agency"],
        services=said["services"],
        section=said["section"],
        is_stale=_is_stale(said),
    )


def _shown(row: Row) -> ArticleVersion:
    said = {**row["content"], "id": row["article_id"], "published_at": row["published_at"]}
    return ArticleVersion(**{**said, "is_stale": _is_stale(said)})


def _is_stale(said: Mapping[str, Any]) -> bool:
    return is_stale(date.fromisoformat(said["review_by"]), datetime.now(UTC).date())


def _usage(row: Row, links: handlers.Links) -> UsageLine:
    articles = [article for article, services in links.items() if row["subject"] in services]
    return UsageLine(measure=row["measure"], subject=row["subject"], count=row["n"], articles=articles)


def _tag(*parts: str) -> str:
    return f'"{blake2b(" ".join(parts).encode(), digest_size=12).hexdigest()}"'


def _cached(body: object, tag: str, if_none_match: str | None) -> Response:
    """Answer with a tag; a reader who has this very answer is told so and gets no body (RFC 9110, 13.1.2)."""
    held = {held.strip().removeprefix("W/") for held in (if_none_match or "").split(",")}
    answer = Response(status_code=304) if held & {tag, "*"} else json_response(body)
    # Staff see more than the public: what one was given must not be shown to another.
    answer.headers.update({"etag": tag, "cache-control": "no-cache", "vary": "authorization"})
    return answer
