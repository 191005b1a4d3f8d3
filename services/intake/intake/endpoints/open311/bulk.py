"""The bulk file: every request of a period as CSV, written as it is read, however long it is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from chassis.http import Doors
from intake.domain.open311.spreadsheet import line
from intake.endpoints.open311.context import FORMATS, language_of, read
from intake.endpoints.open311.documents import documented
from intake.endpoints.open311.errors import Open311Route
from intake.endpoints.open311.requests import MOST, wanted_of
from intake.handlers import Desk, open311
from intake.store import Wanted

_LISTED = ("service_code", "start_date", "end_date", "status", "updated_after", "updated_before", "bbox", "locale")


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the door on the bulk file."""
    router = APIRouter(prefix="/open311/v2", route_class=Open311Route)

    @router.get("/requests.csv", **documented("open311_bulk", *_LISTED))
    async def write_file(request: Request) -> Response:
        """Write a period's requests as CSV (RFC 4180), newest first."""
        given = read(request, FORMATS[0], desk.city)
        wanted = replace(wanted_of(given, desk.city, doors.database.clock(), MOST), limit=MOST, offset=0)
        lines = _lines(doors, desk, wanted, language_of(given, desk.city))
        headers = {"Content-Disposition": 'attachment; filename="requests.csv"'}
        return StreamingResponse(lines, headers=headers, media_type="text/csv; charset=utf-8; header=present")

    return router


async def _lines(doors: Doors, desk: Desk, wanted: Wanted, language: str) -> AsyncIterator[str]:
    yield line(None)
    more: Wanted | None = wanted
    write = partial(open311.write_rows, desk=desk, language=language)
    while more:
        async with doors.reads() as reads:
            text, more = await write(reads, more)
        yield text
