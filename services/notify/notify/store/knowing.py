"""What is known of contacts and requests."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.event import RequestEvent
from contracts.intake import RequestCreated
from contracts.routing import RequestAssigned
from contracts.sla import RequestPromised
from notify.domain.campaigns import written
from notify.domain.following_up import Matter
from notify.domain.moments import Promise, promise_of
from notify.domain.reaching import Reach
from notify.store.tables import Profile, Request

_NOBODY: Final = {"contact_refs"}
_REACHES: Final = f"""
SELECT contact_ref, {", ".join(Reach._fields)} FROM profile WHERE contact_ref = ANY($1::text[])
"""


async def reaches_of(tx: Reads, contact_refs: Iterable[str]) -> dict[str, Reach]:
    """Load how contacts can be reached; those not yet known are missing."""
    return {row["contact_ref"]: reach_of(row) for row in await tx.sql(_REACHES, list(contact_refs))}


def reach_of(row: Row) -> Reach:
    """Read how somebody can be reached."""
    _, email, webhook_url, channels, *rest = row.values()
    return Reach(email, webhook_url, channels.split(), *rest)


_FLAG: Final = """
UPDATE profile SET flags = trim(flags || ' ' || given.new) FROM (
    SELECT ref, string_agg(flag, ' ') AS new FROM unnest($1::text[], $2::text[]) AS each(ref, flag)
    JOIN profile ON contact_ref = ref WHERE NOT flag = ANY(string_to_array(flags, ' ')) GROUP BY ref
) AS given WHERE contact_ref = given.ref
"""
_UNFLAG: Final = """
UPDATE profile SET flags = array_to_string(array_remove(string_to_array(flags, ' '), $2), ' ') WHERE contact_ref = $1
"""


async def flag(tx: Transaction, flags: Iterable[tuple[str, str]]) -> None:
    """Note addresses of contacts that are used no longer."""
    await tx.sql(_FLAG, *(list(column) for column in zip(*dict.fromkeys(flags), strict=True)))


async def unflag(tx: Transaction, contact_ref: str, flagged: str) -> None:
    """Use an address again."""
    await tx.sql(_UNFLAG, contact_ref, flagged)


async def save_profiles(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep each contact's newest profile."""
    await tx.upsert(Profile, rows, keys=("contact_ref",), newer="version")


async def forget_profiles(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Erase contacts."""
    await tx.sql("DELETE FROM profile WHERE contact_ref = ANY($1::text[])", list(contact_refs))


async def promises_told(tx: Reads, request_ids: Sequence[UUID]) -> dict[UUID, Promise]:
    """Load what was promised as last told, by request."""
    if not request_ids:
        return {}
    found = await tx.sql(
        "SELECT request_id, words, due_at FROM request WHERE request_id = ANY($1::uuid[]) AND words IS NOT NULL",
        request_ids,
    )
    return {row["request_id"]: Promise(orjson.loads(row["words"]), row["due_at"]) for row in found}


async def keep_requests(tx: Transaction, events: Iterable[tuple[RequestCreated, str]]) -> None:
    """Keep requests as their reporters' events describe them now, each with its areas and their offices."""
    rows = {event.request_id: _request(event) | _place(event, offices) for event, offices in events}
    await tx.upsert(Request, list(rows.values()), keys=("request_id",), only=("about", "offices", "areas"))


async def offices_of(tx: Reads, request_ids: Iterable[UUID]) -> dict[UUID, list[str]]:
    """Load the offices of the areas these requests lie in; those without any are missing."""
    text = "SELECT request_id, offices FROM request WHERE request_id = ANY($1::uuid[]) AND offices <> ''"
    return {row["request_id"]: row["offices"].split() for row in await tx.sql(text, list(request_ids))}


_UNKNOWN: Final = """
SELECT id FROM unnest($1::uuid[]) AS given(id) WHERE NOT EXISTS (SELECT FROM request WHERE request_id = given.id)
"""


async def know_requests(tx: Transaction, events: Iterable[RequestEvent | Matter]) -> None:
    """Keep requests that another topic's event has told of first."""
    by_id = {event.request_id: event for event in events}
    unknown = await tx.sql(_UNKNOWN, list(by_id)) if by_id else []
    await tx.insert(Request, [_request(by_id[row["id"]]) for row in unknown], ignore=("request_id",))


async def save_matters(tx: Transaction, matters: Iterable[Matter]) -> None:
    """Keep what messages are about that are about no request."""
    await tx.upsert(Request, [_request(matter) for matter in matters], keys=("request_id",), only=("about",))


_AGENCIES: Final = """
UPDATE request SET agency = given.agency FROM unnest($1::uuid[], $2::text[]) AS given(id, agency)
WHERE request_id = given.id RETURNING request_id
"""


async def learn_agencies(tx: Transaction, events: Sequence[RequestAssigned]) -> None:
    """Note who has each request now."""
    last = {event.request_id: event for event in events}
    known = await tx.sql(_AGENCIES, list(last), [event.agency for event in last.values()])
    await _keep_rest(tx, last, known, {event.request_id: {"agency": event.agency} for event in last.values()})


_PROMISES: Final = """
UPDATE request SET words = given.words, due_at = given.due_at, revision = given.revision
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::int[]) AS given(id, words, due_at, revision)
WHERE request_id = given.id RETURNING request_id
"""


async def learn_promises(tx: Transaction, events: Sequence[RequestPromised]) -> None:
    """Note what was promised last."""
    last = {event.request_id: event for event in events}
    learnt = {request_id: _promise(event) for request_id, event in last.items()}
    columns = zip(*((one["words"], one["due_at"], one["revision"]) for one in learnt.values()), strict=True)
    known = await tx.sql(_PROMISES, list(last), *columns)
    await _keep_rest(tx, last, known, learnt)


async def _keep_rest(
    tx: Transaction, events: dict[UUID, Any], known: Sequence[Row], learnt: dict[UUID, dict[str, Any]]
) -> None:
    """Keep what is learnt of requests not known yet."""
    unknown = events.keys() - {row["request_id"] for row in known}
    if unknown:
        names = tuple(learnt[next(iter(unknown))])
        rows = [_request(events[one]) | learnt[one] for one in sorted(unknown)]
        await tx.upsert(Request, rows, keys=("request_id",), only=names)


def _promise(event: RequestPromised) -> dict[str, Any]:
    now = promise_of(event)
    return {"words": orjson.dumps(now.words).decode(), "due_at": now.due_at, "revision": event.revision}


def _place(event: RequestCreated, offices: str) -> dict[str, Any]:
    return {"offices": offices, "areas": written(event.place.area)}


def _request(event: RequestEvent | Matter) -> dict[str, Any]:
    # Who is told is found anew for each change: of one request there may be thousands, and each message repeats this.
    about = event.about.model_dump_json(exclude=_NOBODY)
    known = {"agency": None, "words": None, "due_at": None, "revision": 0, "offices": "", "areas": None}
    return {"request_id": event.request_id, "about": about, **known}
