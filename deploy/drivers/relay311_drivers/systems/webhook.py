"""A made-up case system: it is called, signed; and it calls back with its own token when a case moves."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from standardwebhooks import Webhook, WebhookVerificationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from relay311_drivers.systems.book import Book, Record
from relay311_drivers.systems.faults import troubled

Token = Callable[[], Mapping[str, str]]


class CaseSystem:
    """Takes signed calls at `/cases`, lists its cases at `/cases/all`, and reports to `report_to`."""

    def __init__(self, book: Book, secret: str, report_to: str, token: Token) -> None:
        self.book, self._report_to, self._token = book, report_to, token
        self._verifier = Webhook(secret)
        self._client = httpx2.AsyncClient(timeout=10, trust_env=False)

    @property
    def routes(self) -> list[Route]:
        """The doors."""
        return [Route("/cases", self.take, methods=["POST"]), Route("/cases/all", self.list_all)]

    async def take(self, request: Request) -> Response:
        """Open a case, or note what is said about one; the same call twice is one."""
        if busy := troubled(self.book, before=True):
            return busy
        body = await request.body()
        try:
            said = self._verifier.verify(body, dict(request.headers))
        except WebhookVerificationError as error:
            return JSONResponse({"error": str(error)}, 401)
        number = self.book.seen.get(request.headers["webhook-id"]) or self._apply(said)
        self.book.seen[request.headers["webhook-id"]] = number
        return troubled(self.book, before=False) or JSONResponse({"number": number})

    def _apply(self, said: Mapping[str, Any]) -> str:
        data = said["data"]
        known = next((one for one in self.book.records.values() if one.reference == data["reference"]), None)
        if known is None:
            return self.book.add(data["reference"], data["type"], said).number
        known.more.append(dict(said))
        known.ended = known.ended or said["type"] in {"request.cancel", "request.close"}
        self.book.changed(known)
        return known.number

    async def list_all(self, _request: Request) -> Response:
        """List every case."""
        return JSONResponse(
            [
                {"reference": one.reference, "number": one.number, "status": one.stage, "reason": one.reason,
                 "changed_at": one.changed_at, "order_number": one.job,
                 "duplicate_of": one.twin}
                for one in self.book.records.values()
            ]
        )  # fmt: skip

    async def told(self, record: Record) -> None:
        """Report where a case stands."""
        body = {
            "update_id": f"{record.number}-{record.changes}", "number": record.number, "status": record.stage,
            "reason": record.reason, "reported_at": record.changed_at, "text": record.note, "order_number": None,
            "duplicate_of": record.twin, "photos": [record.photo] if record.photo else None,
        }  # fmt: skip
        given = {name: value for name, value in body.items() if value is not None}
        answer = await self._client.post(self._report_to, json=given, headers=dict(self._token()))
        if answer.status_code >= 400:  # noqa: PLR2004 - the HTTP classes of errors
            print(f"{self.book.name}: {record.number} {record.stage}: {answer.status_code} {answer.text}", flush=True)
