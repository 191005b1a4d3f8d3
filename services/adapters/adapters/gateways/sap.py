"""SAP Plant Maintenance over OData: a notification for each request, maintenance orders that work on them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

import httpx2
import orjson

from adapters.domain.news import News
from adapters.domain.order import Action, Errand
from adapters.domain.retries import Answer, Verdict, answer_of
from adapters.domain.sap import LONG, REFERENCE, WHOLE, append, long_text, notification_of
from adapters.gateways.calling import FAILURES, Album, failed
from adapters.gateways.odata import Listing, OData, changed_at, document, literal, moment_of, quoted, when
from adapters.gateways.reading import news_id_of
from adapters.gateways.sap_orders import PAGES, SapOrders
from adapters.gateways.system import Reading, Unreadable

_PAGE: Final = 100
NOTIFICATIONS: Final = Listing("API_MAINTNOTIFICATION/MaintenanceNotification", "MaintenanceNotification", _PAGE)
COMPLETE: Final = "API_MAINTNOTIFICATION/CompleteMaintNotification"
ATTACHMENTS: Final = "API_CV_ATTACHMENT_SRV/AttachmentContentSet"
AMENDED: Final = ("NotificationText", "MaintPriority", "MaintNotifRqdEndDateTime", "LocationDescription")
"""What a correction changes beside the long text, where it stands before what was told earlier."""
_STALE: Final = 412
_DONE: Final = "NOCO"
"""The system status of a notification that is completed."""
_TRIES: Final = 3
_CREATED: Final = 201
_OURS: Final = re.compile(r"[0-9a-f]{32}\.jpg")
"""What the city's own pictures are called there."""


class OwnFields(NamedTuple):
    """Fields that a city has added to its notifications: the crew's words, and whom a duplicate follows."""

    words: str | None = None
    duplicate_of: str | None = None


class SapSystem:
    """Makes and changes notifications; reads where they and their orders stand."""

    is_watched = True
    needs_number = True

    def __init__(
        self, odata: OData, parameters: Mapping[str, str], fields: OwnFields, album: Album, orders: SapOrders | None
    ) -> None:
        self._odata, self._parameters, self._album = odata, parameters, album
        self._user = parameters.get("user", "RELAY311")
        self._fields, self._orders = fields, orders

    async def run(self, errand: Errand) -> Answer:
        """Run one errand; what a lost answer may have made is looked for by our reference first."""
        try:
            if errand.action is Action.CREATE:
                return await self._create(errand)
            return await self._change(errand)
        except Unreadable as error:
            return Answer(Verdict.LATER, str(error))
        except FAILURES as error:
            return failed(error)

    async def read(self, cursor: Mapping[str, Any]) -> Reading:
        """Read what changed: the notifications' own standing, and that of the orders that work on them."""
        since, orders_since = (
            moment_of(cursor[name]) if name in cursor else None for name in ("since", "orders_since")
        )
        found = await self._odata.changed(NOTIFICATIONS, self._mine, since, PAGES)
        news = [await self._shown(_news(line, self._fields)) for line in found.lines]
        reached = {"since": found.newest()}
        if self._orders is not None:
            orders, reached["orders_since"] = await self._orders.read(orders_since, found.lines)
            news += orders
        return Reading(news, {**cursor, **{name: literal(at) for name, at in reached.items() if at}})

    async def heard(self, reading: Reading) -> None:
        """Nothing is to be said."""

    async def list_all(self, since: datetime) -> Sequence[News]:
        """Read every notification of ours, and the orders that changed since."""
        lines = (await self._odata.changed(NOTIFICATIONS, self._mine, None)).lines
        news = [_news(line, self._fields) for line in lines]
        if self._orders is not None:
            lately = [line for line in lines if (at := changed_at(line)) and at >= since]
            news += await self._orders.list_all(since, lately)
        return news

    async def picture(self, name: str) -> bytes:
        """Read an attachment by its address. Raises Unusable or NotNow."""
        return await self._odata.picture(name)

    async def close(self) -> None:
        """Close connections."""
        await self._odata.close()

    async def _shown(self, news: News) -> News:
        """Add the crew's pictures: what hangs on a notification at that status, and was not put there by us."""
        if news.status != self._parameters.get("photos_at"):
            return news
        wanted = {"$filter": f"LinkedSAPObjectKey eq {quoted(news.number or '')}"}
        lines = await self._odata.results(ATTACHMENTS, _PAGE, **wanted)
        theirs = [line["__metadata"]["media_src"] for line in lines if not _OURS.fullmatch(line["FileName"])]
        return replace(news, photos=tuple(theirs))

    @property
    def _mine(self) -> str:
        return f"ReportedByUser eq {quoted(self._user)}"

    async def _create(self, errand: Errand) -> Answer:
        there = await self._find(errand.reference) if errand.tries else None
        if there is None:
            body = orjson.dumps(notification_of(errand, self._parameters))
            answer = await self._odata.change("POST", NOTIFICATIONS.path, body)
            if answer.status_code != _CREATED:
                return answer_of(answer.status_code, answer.headers.get("retry-after"))
            there = document(answer.content)
        number = str(there["MaintenanceNotification"])
        await self._attach(number, errand.order.get("photos") or ())
        return Answer(Verdict.TAKEN, number=number, version=_etag(there), found=bool(errand.tries))

    async def _find(self, reference: str) -> dict[str, Any] | None:
        wanted = f"ReportedByUser eq {quoted(self._user)} and {REFERENCE} eq {quoted(reference)}"
        found = await self._odata.results(NOTIFICATIONS.path, _PAGE, **{"$filter": wanted})
        return found[0] if found else None

    async def _attach(self, number: str, photos: Sequence[Mapping[str, Any]]) -> None:
        """Put photos at a notification, by bytes; those that are there already stay."""
        if not photos:
            return
        there = await self._odata.results(ATTACHMENTS, _PAGE, **{"$filter": f"LinkedSAPObjectKey eq {quoted(number)}"})
        names = {line["FileName"] for line in there}
        for photo in photos:
            name = f"{photo['photo_id'][:32]}.jpg"
            if name not in names:
                headers = {"slug": name, "content-type": photo["content_type"], "linkedsapobjectkey": number,
                           "businessobjecttypename": "PMQMEL"}  # fmt: skip
                answer = await self._odata.change("POST", ATTACHMENTS, await self._album.load(photo), headers)
                if answer.status_code != _CREATED:
                    raise Unreadable(f"a photo was not taken (HTTP {answer.status_code})")

    async def _change(self, errand: Errand) -> Answer:
        """Change a notification under its ETag; when somebody else changed it meanwhile, look again and go on."""
        number = errand.number or ""
        path = f"{NOTIFICATIONS.path}({quoted(number)})"
        for _ in range(_TRIES):
            there = await self._odata.get(path)
            if not there:
                return Answer(Verdict.REFUSED, "the notification is not there")
            answer = await self._patch(path, there, errand)
            if answer is None or answer.status_code != _STALE:
                break
        if answer is not None and answer.status_code not in {200, 204}:
            kind = Verdict.LATER if answer.status_code == _STALE else answer_of(answer.status_code).verdict
            return Answer(kind, f"HTTP {answer.status_code}")
        await self._attach(number, errand.order.get("photos") or ())
        return await self._complete(number, errand) or Answer(Verdict.TAKEN, found=answer is None)

    async def _complete(self, number: str, errand: Errand) -> Answer | None:
        """Complete a notification of which we expect nothing more; None when that is done, or was not asked."""
        if errand.action not in {Action.CANCEL, Action.CLOSE}:
            return None
        there = await self._odata.get(f"{NOTIFICATIONS.path}({quoted(number)})")
        if _DONE in str(there.get("ConcatenatedActiveSystStsName") or "").split():
            return None
        path = f"{COMPLETE}?MaintenanceNotification={quoted(number)}"
        answer = await self._odata.change("POST", path, b"", {"if-match": _etag(there) or "*"})
        return None if answer.is_success else Answer(Verdict.LATER, f"HTTP {answer.status_code}")

    async def _patch(self, path: str, there: Mapping[str, Any], errand: Errand) -> httpx2.Response | None:
        """Send what changes; None when the errand's own line is there already."""
        if errand.delivery_id in f"{there.get(LONG)} {there.get(WHOLE)}":
            return None
        changed: dict[str, Any] = {LONG: append(str(there.get(LONG) or ""), errand)}
        if errand.action is Action.AMEND:
            renewed = notification_of(errand, self._parameters)
            changed |= {name: renewed[name] for name in AMENDED}
            changed[LONG] = append(f"{long_text(errand)}\n{there.get(LONG) or ''}", errand)
        headers = {"if-match": _etag(there) or "*"}
        return await self._odata.change("PATCH", path, orjson.dumps(changed), headers)


def _news(line: Mapping[str, Any], fields: OwnFields) -> News:
    at, number = when(line["LastChangeDateTime"]), str(line["MaintenanceNotification"])
    standing = str(line.get("ConcatenatedActiveSystStsName") or "").split()
    status = standing[0] if standing else ""
    text = line.get(fields.words or "") or line.get("MaintNotifRejectionRsnCodeTxt") or None
    return News(
        news_id=news_id_of(number, status, at, text),
        status=status,
        at=at,
        number=number,
        reference=line.get(REFERENCE) or None,
        order_number=line.get("MaintenanceOrder") or None,
        reason=line.get("MaintNotifRejectionReasonCode") or None,
        text=text,
        duplicate_of=line.get(fields.duplicate_of or "") or None,
        version=_etag(line),
    )


def _etag(line: Mapping[str, Any]) -> str | None:
    found = (line.get("__metadata") or {}).get("etag")
    return str(found) if found else None
