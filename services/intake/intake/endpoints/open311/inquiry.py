"""Inquiry v1: the city's knowledge articles, by heading of the catalog or one by one."""

from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from chassis.errors import not_found
from chassis.http import Doors
from intake.domain.open311.views import said
from intake.endpoints.open311.context import language_of, read
from intake.endpoints.open311.documents import documented
from intake.endpoints.open311.errors import Open311Route
from intake.endpoints.open311.rendering import rendered
from intake.handlers import Desk, open311
from intake.handlers.open311 import Article

EVERYTHING: Final = "all"
MOST_ASKED: Final = 400
"""Characters of a question."""


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors on knowledge."""
    router = APIRouter(prefix="/open311/inquiry/v1", route_class=Open311Route)

    @router.get("/services/{name}.{fmt}", **documented("open311_inquiry", "locale", "q"))
    async def inquire(request: Request, name: str, fmt: str) -> Response:
        """List articles of a category (`all` is every one), show the article of this id, or answer `q` by its article.

        What answers bears id, version, confidence and the next action; where nothing does, the list is empty.
        """
        given = read(request, fmt, desk.city)
        language = language_of(given, desk.city)
        if asked := (given.get("q") or "")[:MOST_ASKED]:
            told = await open311.answer_question(doors, asked, language, desk)
            return rendered("services", [shown(article, desk, language) for article in told], fmt)
        async with doors.reads() as reads:
            articles = await open311.list_articles(reads, desk)
        return rendered("services", answer(name, articles, desk, language), fmt)

    @router.get("/facilities/{name}.{fmt}", **documented("open311_facilities"))
    async def list_facilities(request: Request, name: str, fmt: str) -> Response:
        """List facilities: intake knows none, and says so."""
        read(request, fmt, desk.city)
        if name != EVERYTHING:
            raise not_found("facility or category of this name")
        return rendered("facilities", [], fmt)

    return router


def answer(name: str, articles: Sequence[Article], desk: Desk, language: str) -> list[dict[str, Any]]:
    """Choose what was asked for. Raises a 404 problem when it is neither a category nor an article."""
    names = {slug: {slug, *group.name.root.values()} for slug, group in desk.city.groups.items()}
    asked = {slug for slug, known in names.items() if name.casefold() in {text.casefold() for text in known}}
    if asked or name == EVERYTHING:
        return [_brief(a, language) for a in articles if name == EVERYTHING or asked & set(a.groups)]
    found = [shown(article, desk, language) for article in articles if article.article_id == name]
    if not found:
        raise not_found("category or article of this name")
    return found


def shown(article: Article, desk: Desk, language: str) -> dict[str, Any]:
    """Show an article whole; one that answers a question, with how sure it is and what to do next."""
    told = {"confidence": article.confidence, "next_action": asdict(article.next)} if article.next else {}
    return _brief(article, language) | _whole(article, desk, language) | {"version": article.version} | told


def _brief(article: Article, language: str) -> dict[str, Any]:
    return {
        "id": article.article_id,
        "service_name": said(article.title, language),
        "expiration": None,
        "brief_description": said(article.summary, language),
    }


def _whole(article: Article, desk: Desk, language: str) -> dict[str, Any]:
    groups = [desk.city.groups[slug] for slug in article.groups if slug in desk.city.groups]
    offered = [desk.city.offered[code] for code in article.services if code in desk.city.offered]
    words = said(article.summary, language)
    return {
        "categories": [{"category_name": group.name.say(language)} for group in groups],
        "url": None,
        "description": words,
        "description_html": f"<p>{escape(words)}</p>" if words else None,
        "web_actions": [
            {"type": "Service Request", "label": one.name.say(language), "url": desk.process_url(one.code)}
            for one in offered
        ],
    }
