"""Making requests, finding them by number or token, and listing them."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from chassis.commands import Reply
from chassis.errors import Problem, not_found
from chassis.http import Doors, IdempotencyKey
from chassis.principals import Principal
from contracts.city import City
from intake import handlers
from intake.domain.open311.parameters import Parameters, Period, wrong
from intake.domain.requests.emergency import CALLS
from intake.endpoints.open311.context import language_of, read, read_form, zone_of
from intake.endpoints.open311.documents import FORM, documented
from intake.endpoints.open311.errors import Open311Route
from intake.endpoints.open311.forms import api_key, filing_of
from intake.endpoints.open311.rendering import rendered
from intake.endpoints.parameters import box
from intake.handlers import Desk, open311
from intake.handlers.open311 import Filing
from intake.store import Wanted

DAYS, MOST, MOST_PAGES = 90, 1000, 1000
_STATUSES: Final = {"open": False, "closed": True}
_LISTED: Final = (
    "service_request_id", "service_code", "start_date", "end_date", "status", "updated_after", "updated_before",
    "bbox", "page", "page_size", "extensions", "locale",
)  # fmt: skip


def routes(doors: Doors, desk: Desk) -> APIRouter:
    """Open the doors on requests."""
    router = APIRouter(prefix="/open311/v2", route_class=Open311Route)
    file = doors.command("POST /open311/v2/requests", partial(open311.file_reports, desk=desk))

    @router.post("/requests.{fmt}", **documented("open311_create", form=FORM))
    async def create_request(request: Request, fmt: str, key: IdempotencyKey = None) -> Response:
        """Make a request: answered with its number, or a token, and in words when it will be done."""
        given = await read_form(request, fmt, desk.city)
        filing = filing_of(given, await _kept(given, doors, desk), desk.city)
        (answer,) = await file.many([filing], Principal("client", filing.key), [key])
        return rendered("service_requests", [_made(answer, filing, language_of(given, desk.city))], fmt)

    @router.get("/tokens/{token}.{fmt}", **documented("open311_token"))
    async def show_token(request: Request, token: str, fmt: str) -> Response:
        """Tell the number behind a token."""
        read(request, fmt, desk.city)
        async with doors.reads() as reads:
            number = await open311.number_of_token(reads, token)
        return rendered("service_requests", [{"service_request_id": number, "token": token}], fmt)

    @router.get("/requests.{fmt}", **documented("open311_list", *_LISTED))
    async def list_requests(request: Request, fmt: str) -> Response:
        """List requests, newest first: by default those of the last 90 days, at most 1000."""
        given = read(request, fmt, desk.city)
        numbers, language = given.listed("service_request_id"), language_of(given, desk.city)
        wanted = numbers or wanted_of(given, desk.city, doors.database.clock(), MOST)
        async with doors.reads() as reads:
            shown = await open311.list_wanted(reads, wanted, desk, language, notes=given.flag("extensions"))
        return rendered("service_requests", shown, fmt)

    @router.get("/requests/{number}.{fmt}", **documented("open311_show", "extensions", "locale"))
    async def show_request(request: Request, number: str, fmt: str) -> Response:
        """Show one request, still as a list."""
        given = read(request, fmt, desk.city)
        language, notes = language_of(given, desk.city), given.flag("extensions")
        async with doors.reads() as reads:
            shown = await open311.list_wanted(reads, (number,), desk, language, notes=notes)
        if not shown:
            raise not_found("service_request_id of this name")
        return rendered("service_requests", shown, fmt)

    return router


async def _kept(given: Parameters, doors: Doors, desk: Desk) -> list[str]:
    """Keep the pictures that came with a report under a good key; returns their claims."""
    if not given.files:
        return []
    async with doors.reads() as reads:
        await open311.check_key(reads, api_key(given))
    return [(await handlers.keep_photo(doors, desk, content)).claim for content in given.files]


def _made(answer: Reply | Problem, filing: Filing, language: str) -> dict[str, Any]:
    """Say the number or the token, never both, and what will happen."""
    if isinstance(answer, Problem):
        raise answer
    said = answer.body
    named = {"token": said["token"]} if "token" in said else {"service_request_id": said["tracking_number"]}
    words = [texts.get(language) for texts in (*(said.get(call) for call in CALLS), said["forecast"]) if texts]
    notice = " ".join(word for word in words if word) or None
    return {**named, "service_notice": notice, "account_id": filing.account_id}


def wanted_of(given: Parameters, city: City, now: datetime, most: int) -> Wanted:
    """Read the filters of the list. Raises a problem that names the wrong one."""
    zone = zone_of(city)
    opened = given.period(("start_date", "end_date"), zone, now, DAYS)
    updated = given.period(("updated_after", "updated_before"), zone, now, DAYS)
    if opened is None and updated is None:
        opened = _latest(now)
    page, size = given.whole("page", 1, MOST_PAGES), given.whole("page_size", most, MOST)
    asked = Wanted(size, (page - 1) * size, opened, updated, given.listed("service_code"), _closed(given))
    return replace(asked, bbox=box(given.get("bbox")))


def _latest(now: datetime) -> Period:
    return now - timedelta(days=DAYS), now + timedelta(minutes=1)


def _closed(given: Parameters) -> bool | None:
    asked = {text.lower() for text in given.listed("status")}
    if not asked <= _STATUSES.keys():
        raise wrong("status", "Expected open, closed or both, separated by a comma.")
    return _STATUSES[asked.pop()] if len(asked) == 1 else None
