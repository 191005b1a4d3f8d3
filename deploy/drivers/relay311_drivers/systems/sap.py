"""A made-up SAP Plant Maintenance behind its OData gateway: tokens, ETags, deep inserts, attachments, orders."""

from secrets import token_hex
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from relay311_drivers.systems.book import PICTURE, Record
from relay311_drivers.systems.faults import troubled
from relay311_drivers.systems.odata import asked_for, moment
from relay311_drivers.systems.orders import PlannedBook

BASE: Final = "/sap/opu/odata/sap"
STATUS: Final = {"received": "NOPR", "working": "ORAS", "done": "NOCO", "closed": "DLFL"}
WORDS: Final = "YY1_CrewWords_PMN"
"""A field this made-up system has of its own: the interface has none for the crew's words."""
TWIN: Final = "YY1_DuplicateOf_PMN"
"""Another: it has none for the notification that stands for a duplicate."""
_LONG: Final = "MaintNotifLongTextForEdit"


class SapGateway:
    """Notifications, the orders that work on them, and their attachments."""

    def __init__(self, book: PlannedBook) -> None:
        self.book = book
        self._tokens: dict[str, str] = {}

    @property
    def routes(self) -> list[Route]:
        """The doors."""
        notifications = f"{BASE}/API_MAINTNOTIFICATION/MaintenanceNotification"
        attachments = f"{BASE}/API_CV_ATTACHMENT_SRV/AttachmentContentSet"
        return [
            Route(f"{BASE}/{{service}}/", self.open_session),
            Route(notifications, self.insert, methods=["POST"]),
            Route(notifications, self.list_notifications),
            Route(notifications + "({key})", self.show),
            Route(notifications + "({key})", self.patch, methods=["PATCH"]),
            Route(f"{BASE}/API_MAINTNOTIFICATION/CompleteMaintNotification", self.complete, methods=["POST"]),
            Route(attachments, self.attach, methods=["POST"]),
            Route(attachments, self.list_attachments),
            Route(attachments + "({key})/$value", self.show_attachment),
            *self.book.orders.routes(BASE),
        ]

    async def open_session(self, request: Request) -> Response:
        """Hand out a token with a cookie; they go together."""
        if request.headers.get("x-csrf-token", "").lower() != "fetch":
            return JSONResponse({"d": {"EntitySets": []}})
        session, token = token_hex(8), token_hex(8)
        self._tokens[session] = token
        answer = JSONResponse({"d": {"EntitySets": []}}, headers={"x-csrf-token": token})
        answer.set_cookie("SAP_SESSIONID", session)
        return answer

    async def insert(self, request: Request) -> Response:
        """Make a notification with its items, in one call."""
        refused = self._refused(request) or troubled(self.book, before=True)
        if refused:
            return refused
        body = orjson.loads(await request.body())
        items = body.pop("to_Item", [])
        record = self.book.add(
            body.get("MaintNotifExtReferenceNumber", ""), body.get("MaintNotificationCode", ""), body
        )
        record.told["to_Item"] = items
        self.book.save(record)
        return troubled(self.book, before=False) or JSONResponse({"d": self._shown(record)}, 201)

    async def list_notifications(self, request: Request) -> Response:
        """List notifications that a filter lets through, page by page."""
        asked = asked_for(request.query_params)
        found = sorted(self.book.records.values(), key=lambda one: one.changed_at)
        shown = [self._shown(one) for one in found if asked.since is None or one.at >= asked.since]
        shown = [one for one in shown if all(one.get(name) == value for name, value in dict(asked.equals).items())]
        return JSONResponse({"d": {"results": shown[asked.page]}})

    async def show(self, request: Request) -> Response:
        """Show a notification."""
        record = self._record(request)
        return JSONResponse({"d": self._shown(record)}) if record else JSONResponse({"error": {}}, 404)

    async def patch(self, request: Request) -> Response:
        """Change a notification, if nobody has changed it meanwhile."""
        refused = self._refused(request) or troubled(self.book, before=True)
        record = self._record(request)
        if refused or record is None:
            return refused or JSONResponse({"error": {}}, 404)
        if self.book.fault("changed_meanwhile"):
            self.book.changed(record)
        if request.headers.get("if-match") != record.etag:
            return JSONResponse({"error": {"code": "precondition"}}, 412)
        change = orjson.loads(await request.body())
        record.told |= change
        record.more.append(change)
        self.book.changed(record)
        return troubled(self.book, before=False) or Response(status_code=204)

    async def complete(self, request: Request) -> Response:
        """Complete a notification: the interface's own action, with the key as a parameter."""
        refused = self._refused(request)
        record = self.book.records.get(request.query_params.get("MaintenanceNotification", "").strip("'"))
        if refused or record is None:
            return refused or JSONResponse({"error": {}}, 404)
        record.stage, record.ended = "done", True
        self.book.changed(record)
        return JSONResponse({"d": self._shown(record)})

    async def attach(self, request: Request) -> Response:
        """Put a file at a notification."""
        refused = self._refused(request)
        record = self.book.records.get(request.headers.get("linkedsapobjectkey", ""))
        if refused or record is None:
            return refused or JSONResponse({"error": {}}, 404)
        record.attachments[request.headers["slug"]] = len(await request.body())
        self.book.save(record)
        return JSONResponse({"d": {"FileName": request.headers["slug"]}}, 201)

    async def list_attachments(self, request: Request) -> Response:
        """List a notification's files."""
        asked = asked_for(request.query_params)
        record = self.book.records.get(dict(asked.equals).get("LinkedSAPObjectKey", ""))
        names = [*sorted(record.attachments), *filter(None, [record.photo])] if record else []
        here = str(request.url).partition("?")[0]
        lines = [{"FileName": name, "__metadata": {"media_src": f"{here}('{name}')/$value"}} for name in names]
        return JSONResponse({"d": {"results": lines[asked.page.start :]}})

    async def show_attachment(self, _request: Request) -> Response:
        """Show a file's bytes."""
        return Response(PICTURE, media_type="image/jpeg")

    async def told(self, _record: Record) -> None:
        """Wait to be asked."""

    def _refused(self, request: Request) -> Response | None:
        expected = self._tokens.get(request.cookies.get("SAP_SESSIONID", ""))
        if self.book.fault("expire_token"):
            self._tokens.clear()
            expected = None
        if expected is None or request.headers.get("x-csrf-token") != expected:
            return JSONResponse({"error": {}}, 403, {"x-csrf-token": "Required"})
        return None

    def _record(self, request: Request) -> Record | None:
        return self.book.records.get(request.path_params["key"].strip("'"))

    def _shown(self, record: Record) -> dict[str, Any]:
        told = {name: value for name, value in record.told.items() if name != "to_Item"}
        return {
            **told,
            "__metadata": {"etag": record.etag, "type": "API_MAINTNOTIFICATION.MaintenanceNotificationType"},
            "MaintenanceNotification": record.number,
            "MaintNotifExtReferenceNumber": record.reference,
            "ConcatenatedActiveSystStsName": STATUS.get(record.stage, record.stage),
            "MaintNotifRejectionReasonCode": record.reason or "",
            WORDS: record.note or "",
            TWIN: record.twin or "",
            "LastChangeDateTime": moment(record.at),
            "MaintenanceOrder": record.job or "",
            _LONG: record.told.get(_LONG, ""),
        }
