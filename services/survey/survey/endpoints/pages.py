"""What all pages of survey share: who wants one, in which language, and how it is sent."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse

from survey.domain.page import SECURITY

Language = Annotated[str | None, Query(description="A language of the city, instead of the reporter's own.")]
FORM = "application/x-www-form-urlencoded"


def wants_page(request: Request) -> bool:
    """Tell whether the caller is a browser."""
    return "text/html" in request.headers.get("accept", "")


def fields_of(body: bytes) -> Mapping[str, str]:
    """Read a form."""
    return {name: values[-1] for name, values in parse_qs(body.decode(errors="replace")).items()}


def html(page: str, status: int = 200) -> Response:
    """Send a page."""
    return HTMLResponse(page, status, headers=dict(SECURITY))
