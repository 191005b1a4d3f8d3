"""OData as SAP speaks it (v2): a CSRF token fetched first, ETags that guard changes, and `d.results` around lists."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

import httpx2
import orjson

from adapters.domain.pictures import own_address
from adapters.gateways.calling import Caller
from adapters.gateways.system import Unreadable

CHANGED: Final = "LastChangeDateTime"
_FORBIDDEN: Final = 403
_JSON: Final = {"accept": "application/json", "content-type": "application/json"}


Lines: TypeAlias = list[dict[str, Any]]


class Listing(NamedTuple):
    """A list that is read by when its lines changed: where it lies, and the field that names a line."""

    path: str
    key: str
    page: int
    expand: str | None = None


class Found(NamedTuple):
    """The lines that were read, and whether that is all there are."""

    lines: Lines
    is_whole: bool

    def newest(self) -> datetime | None:
        """Tell when the newest of them changed."""
        return max([at for line in self.lines if (at := changed_at(line))], default=None)


class OData:
    """A session with one gateway: its token and its cookie go together, and both run out."""

    def __init__(self, address: str, user: str, password: str, caller: Caller) -> None:
        self._address, self._caller = address.rstrip("/"), caller
        self._auth = httpx2.BasicAuth(user, password)
        self._session: dict[str, str] = {}

    async def get(self, path: str, **parameters: str) -> dict[str, Any]:
        """Read a document's `d`. Raises Unreadable."""
        found = await self._caller.get_json(
            f"{self._address}/{path}", params=parameters, headers=_JSON, auth=self._auth
        )
        return dict(found.get("d") or {})

    async def results(self, path: str, page: int, **parameters: str) -> list[dict[str, Any]]:
        """Read a whole list, page by page. Raises Unreadable."""
        found: list[dict[str, Any]] = []
        while True:
            window = {**parameters, "$top": str(page), "$skip": str(len(found)), "$format": "json"}
            lines = (await self.get(path, **window)).get("results") or []
            found += lines
            if len(lines) < page:
                return found

    async def changed(self, list_of: Listing, wanted: str, since: datetime | None, pages: int | None = None) -> Found:
        """Read what changed since a moment, oldest first, so many pages at the most. Raises Unreadable.

        A page begins at the last moment of the one before: what changes meanwhile moves behind, and nothing is passed
        over. When a later page cannot be read, the pages before it count: the next turn goes on from there.
        """
        found: dict[str, dict[str, Any]] = {}
        skip, read, begin = 0, 0, since
        while pages is None or read < pages or since == begin:
            try:
                lines = await self._page(list_of, wanted, since, skip)
            except Unreadable:
                if not read or pages is None:
                    raise
                break
            found |= {str(line[list_of.key]): line for line in lines}
            read += 1
            if len(lines) < list_of.page:
                return Found(list(found.values()), is_whole=True)
            last = changed_at(lines[-1])
            skip = skip + len(lines) if last is None or last == since else 0
            since = last or since
        return Found(list(found.values()), is_whole=False)

    async def _page(self, list_of: Listing, wanted: str, since: datetime | None, skip: int) -> Lines:
        window = " and ".join(filter(None, (wanted, f"{CHANGED} ge {literal(since)}" if since else "")))
        more = {"$expand": list_of.expand} if list_of.expand else {}
        asked = {"$filter": window, "$orderby": f"{CHANGED},{list_of.key}", "$top": str(list_of.page), **more}
        found = await self.get(list_of.path, **asked, **{"$skip": str(skip), "$format": "json"})
        return list(found.get("results") or [])

    async def change(
        self, method: str, path: str, content: bytes, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """Post or patch under a token; one that has run out is fetched anew, once."""
        answer = await self._send(method, path, content, headers or {})
        if answer.status_code == _FORBIDDEN and answer.headers.get("x-csrf-token", "").lower() == "required":
            self._session = {}
            answer = await self._send(method, path, content, headers or {})
        return answer

    async def picture(self, address: str) -> bytes:
        """Read the bytes of a document that lies at the gateway. Raises Unusable or NotNow."""
        return await self._caller.picture(own_address(address, [self._address]), auth=self._auth)

    async def close(self) -> None:
        """Close connections."""
        await self._caller.close()

    async def _send(self, method: str, path: str, content: bytes, headers: Mapping[str, str]) -> httpx2.Response:
        if not self._session:
            await self._open_session(path.partition("/")[0])
        sent = {**_JSON, **self._session, **headers}
        return await self._caller.ask(method, f"{self._address}/{path}", content=content, headers=sent, auth=self._auth)

    async def _open_session(self, service: str) -> None:
        headers = {**_JSON, "x-csrf-token": "Fetch"}
        answer = await self._caller.ask("GET", f"{self._address}/{service}/", headers=headers, auth=self._auth)
        token = answer.headers.get("x-csrf-token")
        if token is None:
            raise Unreadable(f"no CSRF token came (HTTP {answer.status_code})")
        cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.items())
        self._session = {"x-csrf-token": token} | ({"cookie": cookie} if cookie else {})


def when(text: str) -> datetime:
    """Read a moment as OData v2 writes it.

    >>> when("/Date(1772445600000+0000)/").isoformat()
    '2026-03-02T10:00:00+00:00'
    """
    millis = text.removeprefix("/Date(").partition(")")[0].partition("+")[0]
    if not millis.lstrip("-").isdigit():
        raise Unreadable(f"a time that is none: {text[:40]!r}")
    return datetime.fromtimestamp(int(millis) / 1000, UTC)


def changed_at(line: Mapping[str, Any]) -> datetime | None:
    """Tell when a line last changed; SAP may leave it empty until the first change.

    >>> changed_at({"LastChangeDateTime": ""}) is None
    True
    """
    return when(line[CHANGED]) if line.get(CHANGED) else None


def literal(at: datetime) -> str:
    """Write a moment for a filter.

    >>> literal(datetime(2026, 3, 2, 10, tzinfo=UTC))
    "datetimeoffset'2026-03-02T10:00:00.000Z'"
    """
    return f"datetimeoffset'{at.astimezone(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z'"


def moment_of(literally: str) -> datetime:
    """Read a moment that was written for a filter.

    >>> literal(moment_of("datetimeoffset'2026-03-02T10:00:00.000Z'"))
    "datetimeoffset'2026-03-02T10:00:00.000Z'"
    """
    return datetime.fromisoformat(literally.removeprefix("datetimeoffset'").removesuffix("'"))


def quoted(text: str) -> str:
    """Quote a text for a filter.

    >>> quoted("O'Farrell")
    "'O''Farrell'"
    """
    return "'" + text.replace("'", "''") + "'"


def document(content: bytes) -> dict[str, Any]:
    """Read a document's `d`; an answer that is none holds nothing."""
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return dict(found.get("d") or {}) if isinstance(found, dict) else {}
