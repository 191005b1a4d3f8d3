"""A made-up Open311 server (GeoReport v2), with the extension for updates; it calls nobody."""

from datetime import datetime
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from relay311_drivers.systems.book import Book, Record
from relay311_drivers.systems.faults import troubled

TWIN: Final = "duplicate_of"
"""A field of its own: the standard has none for the request that stands for a duplicate."""
_CLOSED: Final = frozenset({"done", "closed"})


class Open311Server:
    """Takes requests and updates, and lists them by when they were changed."""

    def __init__(self, book: Book) -> None:
        self.book = book

    @property
    def routes(self) -> list[Route]:
        """The doors."""
        return [
            Route("/open311/requests.json", self.take, methods=["POST"]),
            Route("/open311/requests.json", self.list_requests),
            Route("/open311/requests/{number}.json", self.show),
            Route("/open311/servicerequestupdates.json", self.update, methods=["POST"]),
        ]

    async def take(self, request: Request) -> Response:
        """Take a request."""
        if busy := troubled(self.book, before=True):
            return busy
        form = await request.form()
        told: dict[str, Any] = {name: form.getlist(name) if name.endswith("[]") else form[name] for name in form}
        if not told.get("service_code") or not (told.get("lat") or told.get("address_string")):
            return JSONResponse([{"code": 400, "description": "service_code and a place are needed"}], 400)
        record = self.book.add(str(told.get("device_id") or ""), str(told["service_code"]), told)
        lost = troubled(self.book, before=False)
        return lost or JSONResponse([{"service_request_id": record.number, "service_notice": "", "account_id": ""}])

    async def list_requests(self, request: Request) -> Response:
        """List requests that were changed since a moment, oldest change first, page by page."""
        asked, found = request.query_params, sorted(self.book.records.values(), key=lambda one: one.changed_at)
        if "updated_after" in asked:
            since = datetime.fromisoformat(asked["updated_after"])
            found = [one for one in found if one.at >= since]
        if "service_code" in asked:
            found = [one for one in found if one.type == asked["service_code"]]
        size, page = int(asked.get("page_size", "50")), int(asked.get("page", "1"))
        return JSONResponse([_shown(one) for one in found[(page - 1) * size : page * size]])

    async def show(self, request: Request) -> Response:
        """Show one request."""
        record = self.book.records.get(request.path_params["number"])
        return JSONResponse([_shown(record)] if record else [], 200 if record else 404)

    async def update(self, request: Request) -> Response:
        """Take an update; the same id twice is one."""
        if busy := troubled(self.book, before=True):
            return busy
        form = dict(await request.form())
        record = self.book.records.get(str(form.get("service_request_id")))
        if record is None:
            return JSONResponse([{"code": 404, "description": "no such request"}], 404)
        if not any(one.get("update_id") == form.get("update_id") for one in record.more):
            record.more.append({name: str(value) for name, value in form.items()})
            record.ended = record.ended or form.get("status") == "CLOSED"
            if form.get("status") == "CLOSED":
                record.stage = "done" if record.stage in _CLOSED else "closed"
            self.book.changed(record)
        return troubled(self.book, before=False) or JSONResponse([{"update_id": form.get("update_id")}])

    async def told(self, _record: Record) -> None:
        """Wait to be asked."""


def _shown(record: Record) -> dict[str, Any]:
    return {
        "service_request_id": record.number,
        "status": record.stage if record.stage == "duplicate" else "closed" if record.stage in _CLOSED else "open",
        "status_notes": record.note,
        TWIN: record.twin,
        "service_code": record.type,
        "description": record.told.get("description"),
        "requested_datetime": record.changed_at,
        "updated_datetime": record.changed_at,
        "address": record.told.get("address_string"),
        "lat": record.told.get("lat"),
        "long": record.told.get("long"),
        "media_url": record.photo or record.told.get("media_url"),
    }
