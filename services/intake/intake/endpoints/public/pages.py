"""Pages for people, where programs get JSON from the same addresses."""

from typing import Annotated

from fastapi import Query, Request, Response

from chassis.errors import Problem
from chassis.http import Doors, page_response
from chassis.pages import SCRIPTED, chosen_language
from contracts.city import City
from intake import handlers
from intake.domain.pages.request import request_page as show
from intake.domain.pages.request import unknown_page
from intake.handlers import Desk
from intake.store.public import live

Language = Annotated[str | None, Query(max_length=8, description="A language of the city, for the page.")]


def language_of(request: Request, city: City, wished: str | None) -> str:
    """Choose the language of a page."""
    return chosen_language(city.profile.languages, wished, request.headers.get("accept-language", ""))


def html(content: str, status: int = 200) -> Response:
    """Answer with a page."""
    return page_response(content, status, SCRIPTED)


async def request_page(doors: Doors, desk: Desk, number: str, language: str) -> Response:
    """Show one request to a person; its last line is read first, so that the stream leaves nothing out."""
    try:
        async with doors.reads() as reads:
            after = await live.newest_line(reads, await handlers.find_request(reads, number))
            view = await handlers.show_request(reads, number, doors.database.clock(), desk)
    except Problem as refused:
        return html(unknown_page(language), refused.status)
    return html(show(desk.city, view, language, after, desk.process_url(view["service_code"])))
