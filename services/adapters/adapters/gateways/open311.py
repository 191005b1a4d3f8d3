"""Another Open311 server (GeoReport v2): requests are posted to it, and its answers polled by a cursor in time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from adapters.domain.facts import fitted, lines_of
from adapters.domain.news import News
from adapters.domain.order import Action, Errand
from adapters.domain.pictures import own_address
from adapters.domain.retries import Answer, Verdict, answer_of
from adapters.gateways.calling import FAILURES, Caller, failed
from adapters.gateways.reading import moment, news_id_of
from adapters.gateways.system import Reading, Unreadable

_OVERLAP: Final = timedelta(seconds=2)
"""Read again what was changed in the cursor's own moment; what was heard before is known."""
_LOOK_BACK: Final = timedelta(hours=1)
_PAGES: Final = 50
_TEXT_MOST: Final = 4000


@dataclass(frozen=True, slots=True)
class Access:
    """What a server asks of its callers, and its own field that names the request which stands for a duplicate."""

    jurisdiction: str | None = None
    key: str | None = None
    duplicate_field: str | None = None


class Open311System:
    """Speaks GeoReport v2. The standard has no field for our reference: it stands in the description, in brackets."""

    is_watched = True
    needs_number = True

    def __init__(self, bases: Sequence[str], at: Access, caller: Caller) -> None:
        self._bases, self._address, self._caller, self._at = bases, bases[0].rstrip("/"), caller, at
        self._common = {
            name: value for name, value in (("jurisdiction_id", at.jurisdiction), ("api_key", at.key)) if value
        }

    async def run(self, errand: Errand) -> Answer:
        """Post the request, or what is to be told of it; after a first attempt it is looked for before."""
        try:
            if errand.action is not Action.CREATE:
                return await self._tell(errand)
            if errand.tries and (number := await self._find(errand)):
                return Answer(Verdict.TAKEN, "it was there already", number=number, found=True)
            return await self._create(errand)
        except Unreadable as error:
            return Answer(Verdict.LATER, str(error))
        except FAILURES as error:
            return failed(error)

    async def read(self, cursor: Mapping[str, Any]) -> Reading:
        """Read what changed since the cursor."""
        since = moment(cursor["since"]) if "since" in cursor else None
        window = {"updated_after": (since - _OVERLAP).isoformat()} if since else {}
        news = [_news(one, self._at.duplicate_field) for one in await self._pages(window)]
        newest = max([one.at for one in news], default=since)
        return Reading(news, {"since": newest.isoformat()} if newest else dict(cursor))

    async def heard(self, reading: Reading) -> None:
        """Nothing is to be said."""

    async def list_all(self, _since: datetime) -> Sequence[News]:
        """Read every request of ours."""
        return [_news(one, self._at.duplicate_field) for one in await self._pages({})]

    async def picture(self, name: str) -> bytes:
        """Fetch a picture from the system's own address. Raises Unusable or NotNow."""
        return await self._caller.picture(own_address(name, self._bases))

    async def close(self) -> None:
        """Close connections."""
        await self._caller.close()

    async def _create(self, errand: Errand) -> Answer:
        form = {**self._common, **form_of(errand)}
        answer = await self._caller.ask("POST", f"{self._address}/requests.json", data=form)
        if answer.status_code not in {200, 201}:
            return answer_of(answer.status_code, answer.headers.get("retry-after"))
        line = _lines(answer.content)[0]
        if line.get("service_request_id"):
            return Answer(Verdict.TAKEN, number=str(line["service_request_id"]))
        return await self._by_token(str(line.get("token") or ""))

    async def _by_token(self, token: str) -> Answer:
        """Ask which number a token became; none yet is asked again, and the request is found by our reference."""
        found = await self._caller.get_json(f"{self._address}/tokens/{token}.json", params=self._common)
        number = found[0].get("service_request_id") if found else None
        return Answer(Verdict.TAKEN, number=str(number)) if number else Answer(Verdict.LATER, "only a token so far")

    async def _find(self, errand: Errand) -> str | None:
        window = {"start_date": (errand.made_at - _LOOK_BACK).isoformat(), "service_code": errand.type_code}
        for one in await self._pages(window):
            if marker(errand.reference) in (one.get("description") or ""):
                return str(one["service_request_id"])
        return None

    async def _tell(self, errand: Errand) -> Answer:
        """Post an update, as the extension for updates asks; its id is the errand's."""
        said = {
            "service_request_id": errand.number or "",
            "update_id": errand.delivery_id,
            "updated_datetime": errand.made_at.isoformat(),
            "status": "CLOSED" if errand.action in {Action.CANCEL, Action.CLOSE} else "OPEN",
            "description": description_of(errand) if errand.action is Action.AMEND else errand.text,
        }
        form = {**self._common, **said, **_media(errand)}
        answer = await self._caller.ask("POST", f"{self._address}/servicerequestupdates.json", data=form)
        return answer_of(answer.status_code, answer.headers.get("retry-after"))

    async def _pages(self, window: Mapping[str, str]) -> list[Mapping[str, Any]]:
        found: dict[str, Mapping[str, Any]] = {}
        for page in range(1, _PAGES + 1):
            asked = {**self._common, **window, "page": str(page), "page_size": "100"}
            lines = await self._caller.get_json(f"{self._address}/requests.json", params=asked)
            new = {str(one["service_request_id"]): one for one in lines if one.get("service_request_id")}
            if not new.keys() - found.keys():
                break  # the last page, or a server that knows no pages
            found |= new
        return list(found.values())


def marker(reference: str) -> str:
    """Write our reference so that it can be found again.

    >>> marker("4F2K-9QTR-1ZV0-3")
    '[ref 4F2K-9QTR-1ZV0-3]'
    """
    return f"[ref {reference}]"


def description_of(errand: Errand) -> str:
    """Put the resident's words, every fact that the standard has no field for, and our reference into one text.

    A first post has fields for the place; an update has none.
    """
    elsewhere = ("address", "position") if errand.action is Action.CREATE else ()
    text = [errand.order["text"]] if errand.order.get("text") else []
    body = fitted(errand.order.get("description"), [*text, *lines_of(errand, elsewhere)], _TEXT_MOST - 80)
    return f"{body}\n{marker(errand.reference)}"


def form_of(errand: Errand) -> dict[str, Any]:
    """Write a request as GeoReport v2 posts it."""
    place = errand.order.get("place") or {}
    told = {
        "service_code": errand.type_code,
        "description": description_of(errand),
        "lat": place.get("latitude"),
        "long": place.get("longitude"),
        "address_string": place.get("address"),
        "device_id": errand.reference,
    }
    attributes = {
        f"attribute[{name}]" if not isinstance(value, list) else f"attribute[{name}][]": value
        for name, value in errand.fields.items()
    }
    return {**{name: value for name, value in told.items() if value is not None}, **attributes, **_media(errand)}


def _media(errand: Errand) -> dict[str, str]:
    photos = errand.order.get("photos") or ()
    return {"media_url": photos[0]["url"]} if photos else {}


def _lines(content: bytes) -> list[dict[str, Any]]:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise Unreadable("the system's answer is not JSON") from error
    return found if isinstance(found, list) and found else [{}]


def _news(line: Mapping[str, Any], duplicate_field: str | None) -> News:
    status, number = str(line.get("status") or ""), str(line["service_request_id"])
    at = _when(line)
    notes = line.get("status_notes") or None
    described = str(line.get("description") or "")
    reference = described.rpartition("[ref ")[2].partition("]")[0] if "[ref " in described else None
    is_closed = status.lower() == "closed"
    return News(
        news_id=news_id_of(number, status, at, notes),
        status=status.lower(),
        at=at,
        number=number,
        reference=reference,
        text=notes,
        duplicate_of=str(line.get(duplicate_field) or "") or None if duplicate_field else None,
        photos=(line["media_url"],) if is_closed and line.get("media_url") else (),
    )


def _when(line: Mapping[str, Any]) -> datetime:
    for name in ("updated_datetime", "requested_datetime"):
        if line.get(name):
            return moment(str(line[name]))
    raise Unreadable(f"request {line.get('service_request_id')} has no updated_datetime")
