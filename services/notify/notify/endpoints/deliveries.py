"""How messages went, and how notices read."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from chassis.errors import invalid
from chassis.http import Caller, Doors
from chassis.principals import allow
from chassis.sql import Row
from contracts.vocabulary import Moment
from notify.domain.letters import Writer
from notify.domain.paging import Place, place_of, written
from notify.domain.policy import POLICY
from notify.endpoints.languages import spoken
from notify.handlers.looking import look_up
from notify.schemas import AskedDeliveries, Delivery, Preview


def routes(doors: Doors, writer: Writer) -> APIRouter:
    """Make the routes of staff."""
    router = APIRouter()

    @router.get("/deliveries")
    async def list_deliveries(
        caller: Caller, request: Request, response: Response, asked: Annotated[AskedDeliveries, Query()]
    ) -> list[Delivery]:
        """List messages and how each went. The `Link` header leads to the next page; every reading is noted."""
        place, noted = _place(asked.cursor), asked.model_dump(mode="json", exclude_unset=True)
        async with doors.transaction() as tx:
            rows = await look_up(tx, caller, asked.model_dump(), place, noted)
        if len(rows) > asked.limit:
            response.headers["link"] = _next(request, rows[asked.limit - 1])
        return [Delivery.model_validate(dict(row)) for row in rows[: asked.limit]]

    @router.get("/preview")
    async def preview(moment: Moment, caller: Caller, language: str = "en", service: str | None = None) -> Preview:
        """Show a notice as a resident would read it."""
        allow(POLICY, caller, "notices.preview")
        words = writer.preview(moment, spoken(writer.languages, language), service)
        return Preview(moment=moment, language=language, subject=words.subject, text=words.text)

    return router


def _place(cursor: str | None) -> Place | None:
    if cursor is None:
        return None
    if (place := place_of(cursor)) is None:
        raise invalid([{"field": "cursor", "problem": "is none; take it as it stands in the Link header"}])
    return place


def _next(request: Request, last: Row) -> str:
    asked = dict(request.query_params) | {"cursor": written(Place(last["made_at"], last["intent_id"]))}
    return f'<{request.url.path}?{urlencode(asked)}>; rel="next"'
