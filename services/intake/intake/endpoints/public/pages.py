"""Pages for people, where programs get JSON from the same addresses."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import Query, Request, Response

from chassis.errors import Problem
from chassis.http import Doors, page_response
from chassis.pages import SCRIPTED, announced, chosen_language
from contracts.city import City
from intake import handlers
from intake.domain.pages.banners import banners
from intake.domain.pages.request import Links, stage_of, unknown_page
from intake.domain.pages.request import request_page as show
from intake.handlers import Desk
from intake.store.public import live
from intake.store.public.banners import campaigns, urgent

Language = Annotated[str | None, Query(max_length=8, description="A language of the city, for the page.")]


def language_of(request: Request, city: City, wished: str | None) -> str:
    """Choose the language of a page."""
    return chosen_language(city.profile.languages, wished, request.headers.get("accept-language", ""))


async def html(
    doors: Doors, content: str, language: str, status: int = 200, *, with_campaigns: bool = False
) -> Response:
    """Answer with a page, headed by what is urgent in the city now; the first page shows campaigns too."""
    now = doors.database.clock()
    async with doors.reads() as reads:
        shown = [*await urgent(reads, now), *(await campaigns(reads, now) if with_campaigns else ())]
    return page_response(announced(content, banners(shown, language)), status, SCRIPTED)


async def request_page(
    doors: Doors, desk: Desk, number: str, language: str, told: Mapping[str, str] = MappingProxyType({})
) -> Response:
    """Show one request to a person; its last line is read first, so that the stream leaves nothing out."""
    try:
        async with doors.reads() as reads:
            request_id = await handlers.find_request(reads, number)
            after = await live.newest_line(reads, request_id)
            view = await handlers.show_request(reads, number, doors.database.clock(), desk)
    except Problem as refused:
        return await html(doors, unknown_page(language), language, refused.status)
    links = Links(desk.process_url(view["service_code"]), _feedback(desk, request_id, view, language, told))
    return await html(doors, show(desk.city, view, language, after, links), language)


def _feedback(desk: Desk, request_id: object, view: Mapping[str, Any], language: str, told: Mapping[str, str]) -> str:
    """Lead to where one says how it goes with this request; who came by their own link is known there too."""
    contact, token = told.get("contact", ""), told.get("token", "")
    known = contact if contact and desk.knows(request_id, contact, token) else None
    about = {"tracking_number": view["tracking_number"], "service_code": view["service_code"]}
    agency = next(iter(view.get("agencies", ())), None)
    return desk.feedback_link(language, known, **about, agency=agency, stage=stage_of(view))
