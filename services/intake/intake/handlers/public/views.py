"""What is shown of requests: composed here, then cut to what everybody may see."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.errors import Problem, not_found
from chassis.sql import Row
from chassis.transaction import Reads
from contracts.vocabulary import Disposition, Status, Substatus
from intake import store
from intake.domain.life.segments import durations_of, segments_of
from intake.domain.public.view import public_entry, public_view
from intake.domain.requests.tracking import parse_tracking_number
from intake.handlers.desk import Desk, Facts
from intake.store import Search
from intake.store.public import expected

_NOTHING: Mapping[str, Any] = {}


async def find_request(reads: Reads, number: str) -> UUID:
    """Find a request by tracking number (however written), machine id, or the number another system knows it by.

    Raises a 404 problem that never tells whether such a number exists elsewhere.
    """
    parsed = parse_tracking_number(number)
    if parsed is None and (request_id := _as_uuid(number)):
        return request_id
    if not number.isprintable():
        raise not_found("request of this number")
    names = [parsed, number] if parsed else [number]
    found = await store.request_ids_of(reads, names[:-1], [number])
    for name in names:
        if name in found:
            return found[name]
    raise not_found("request of this number")


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def show_request(reads: Reads, number: str, now: datetime, desk: Desk) -> Facts:
    """Show one request with its timeline to everybody."""
    request_id = await find_request(reads, number)
    row = await store.show_request(reads, request_id)
    if row is None:
        raise not_found("request of this number")
    shown = (await _facts(reads, [row], desk))[0]
    created = {"kind": "created", "at": row["opened_at"], "channel": row["channel"]}
    timeline = await store.timeline_of(reads, request_id)
    entries = [public_entry(e["kind"], e["at"], e["detail"]) for e in timeline]
    spans = _spans(row, timeline, now)
    return public_view(shown | spans | {"timeline": [created, *(entry for entry in entries if entry)]})


def _spans(row: Row, timeline: Sequence[Row], now: datetime) -> Facts:
    """Say how long who had it; imported history that is open runs until it was heard of last."""
    segments = segments_of(row["opened_at"], [(e["kind"], e["at"], e["detail"]) for e in timeline])
    ended = datetime.fromisoformat(row["closure"]["closed_at"]) if row["closure"] else None
    until = ended or (row["updated_at"] if row["on_event_clock"] else now)
    total = int((until - row["opened_at"]).total_seconds())
    return {
        "started_at": row["opened_at"],
        "ended_at": row["closure"]["closed_at"] if row["closure"] else None,
        "segments": [
            {
                "agency": one.agency,
                "substatus": one.substatus,
                "from": one.since,
                "until": one.until,
                "seconds": max(0, int(((one.until or until) - one.since).total_seconds())),
            }
            for one in segments
        ],
        "durations": {"total": max(0, total), **durations_of(segments, until)},
    }


async def list_requests(reads: Reads, search: Search, desk: Desk) -> Facts:
    """List requests for everybody, newest first; `next` is the cursor of the following page."""
    rows = await store.list_requests(reads, search)
    return {
        "requests": await show_rows(reads, rows, desk),
        "next": cursor_after(rows[-1]) if len(rows) == search.limit else None,
    }


async def show_rows(reads: Reads, rows: Sequence[Row], desk: Desk) -> list[Facts]:
    """Show these rows of requests as everybody may see them."""
    return [public_view(facts) for facts in await _facts(reads, rows, desk)]


def cursor_after(row: Row) -> str:
    """Name the place after a row."""
    return write_cursor(row["opened_at"], row["request_id"])


def write_cursor(at: datetime, name: UUID) -> str:
    """Name the place after what happened then."""
    return urlsafe_b64encode(f"{at.isoformat()}|{name}".encode()).decode()


def read_cursor(cursor: str) -> tuple[datetime, UUID]:
    """Read a cursor. Raises a 422 problem naming it when it is not one of ours."""
    try:
        at, _, request_id = urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return datetime.fromisoformat(at), UUID(request_id)
    except ValueError:
        detail = "This is no cursor of ours; take it from `next`."
        raise Problem(422, "Some fields need correcting", detail, [{"field": "cursor", "problem": detail}]) from None


async def _facts(reads: Reads, rows: Sequence[Row], desk: Desk) -> list[Facts]:
    ids = [row["request_id"] for row in rows]
    promises, parts = await store.promises_of(reads, ids), await store.assignments_of(reads, ids)
    photos = await store.photos_of(reads, ids)
    parents = await _parents(reads, rows, desk)
    return [
        _merged(row, promises.get(row["request_id"]), parts.get(row["request_id"], []), desk)
        | {"photos": [desk.shown_photo(photo) for photo in photos.get(row["request_id"], ())]}
        | dict(parents.get(row["parent_request_id"], _NOTHING))
        for row in rows
    ]


_DATES: Final = ("due_at", "deadline_at", "expected_at", "earliest_at", "latest_at")
_PARENTS: Final = (
    "status", "substatus", "substatus_name", "agencies", *_DATES, "basis", "forecast",
)  # fmt: skip
"""What a request that follows another shows of that one, in place of its own."""


async def _parents(reads: Reads, rows: Sequence[Row], desk: Desk) -> Mapping[UUID | None, Mapping[str, Any]]:
    """Say what the followers among these show of the requests they follow; one that has ended keeps its own ending."""
    wanted = [row["parent_request_id"] for row in rows if row["parent_request_id"] and row["closure"] is None]
    if not wanted:
        return {}
    parents = await _facts(reads, await store.show_requests(reads, wanted), desk)
    shown = {parent["request_id"]: {name: parent[name] for name in _PARENTS} for parent in parents}
    numbers = {parent["request_id"]: {"parent_number": parent["tracking_number"]} for parent in parents}
    return {request_id: facts | numbers[request_id] for request_id, facts in shown.items()}


def _merged(row: Row, promise: Row | None, parts: Sequence[Row], desk: Desk) -> Facts:
    substatus, city = Substatus(row["substatus"]), desk.city
    promised = promise or _NOTHING
    return {
        **row,
        "service_name": city.service_name(row["service_code"]).root,
        "status": (Status.CLOSED if substatus is Substatus.CLOSED else Status.OPEN).value,
        "substatus_name": city.statuses[substatus].name.root if substatus in city.statuses else None,
        "external_ids": [row["external_id"]] if row["external_id"] else [],
        "agencies": list(dict.fromkeys(part["agency"] for part in parts if not part["ended"])),
        **{name: promised.get(name) for name in (*_DATES, "basis")},
        "forecast": promised.get("words"),
        **_closing(row["closure"], desk),
    }


def _closing(closure: Mapping[str, Any] | None, desk: Desk) -> Facts:
    if closure is None:
        return {}
    rule = desk.city.dispositions.get(Disposition(closure["disposition"]))
    shown = ("closure_id", "closed_at", "disposition", "explanation", "evidence", "visible_from")
    return {name: closure.get(name) for name in shown} | {"disposition_name": rule.name.root if rule else None}


async def list_disputes(reads: Reads, state: str, limit: int) -> list[Facts]:
    """List disputes with the closing they are about."""
    return [
        {
            "dispute_id": row["dispute_id"],
            "request_id": row["request_id"],
            "tracking_number": row["tracking_number"],
            "service_code": row["service_code"],
            "state": row["state"],
            "at": row["at"],
            "asked_by": row["asked_by"],
            "reopen_count": row["reopen_count"],
            "closure": row["closure"],
            "reason": row["reason"],
        }
        for row in await store.list_disputes(reads, state, limit)
    ]


async def show_catalog(reads: Reads, desk: Desk) -> list[Facts]:
    """Show what can be asked for, with questions, the forecast and the articles that explain it."""
    services = {code: service for code, service in desk.city.services.items() if service.enabled}
    forecasts = await expected.forecasts_of(reads, list(services))
    articles = store.service_articles(await store.articles(reads))
    shown = {"code", "name", "description", "group", "handling", "location_required", "location_kind", "featured"}
    return [
        service.model_dump(mode="json", include=shown | {"questions", "keywords", "disputable_days"})
        | {"forecast": forecasts.get(code, _NOTHING).get("words"), "articles": articles.get(code, [])}
        | {"takes_appointments": code in desk.city.bookable, "process_url": desk.process_url(code)}
        for code, service in services.items()
    ]
