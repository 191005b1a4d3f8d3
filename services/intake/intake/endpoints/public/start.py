"""The first page, and the way from a number to its request."""

from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from chassis.http import Caller, Doors
from chassis.principals import allow
from intake.domain.pages.start import start_page
from intake.domain.policy import POLICY
from intake.endpoints.public.pages import Language, html, language_of
from intake.handlers import Desk

Number = Annotated[str, Query(min_length=1, max_length=100, description="A tracking number, or an older system's.")]


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors."""
    router = APIRouter(tags=["start"])

    @router.get("/", responses={200: {"content": {"text/html": {}}}})
    async def show_start(request: Request, caller: Caller, lang: Language = None) -> Response:
        """See whom to call, how to report, and where to follow what was reported."""
        allow(POLICY, caller, "request.read")
        language = language_of(request, desk.city, lang)
        content = start_page(desk.city, desk.feedback_link(language), language)
        return await html(doors, content, language, with_campaigns=True)

    @router.get("/find", response_class=Response, responses={303: {"description": "Where the request is."}})
    async def find(request: Request, caller: Caller, number: Number, lang: Language = None) -> Response:
        """Go to the page of a request by its number, as it was typed."""
        allow(POLICY, caller, "request.read")
        wished = urlencode({"lang": language_of(request, desk.city, lang)})
        return RedirectResponse(f"requests/{quote(number.strip(), safe='')}?{wished}", 303)

    return router
