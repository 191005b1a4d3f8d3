"""What is known of contacts and requests."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from contracts.event import RequestEvent
from contracts.routing import RequestAssigned
from contracts.sla import RequestPromised
from notify.domain.intents import Reach
from notify.store.tables import Profile, Request


async def reaches_of(tx: Reads, contact_refs: Iterable[str]) -> dict[str, Reach]:
    """Load how contacts can be reached; those not yet known are missing."""
    found = await tx.sql(
        "SELECT contact_ref, email, webhook_url, channels FROM profile WHERE contact_ref = ANY($1::text[])",
        list(contact_refs),
    )
    return {row["contact_ref"]: Reach(row["email"], row["webhook_url"], row["channels"].split()) for row in found}


async def save_profiles(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep each contact's newest profile."""
    await tx.upsert(Profile, rows, keys=("contact_ref",), newer="version")


async def forget_profiles(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Erase contacts."""
    await tx.sql("DELETE FROM profile WHERE contact_ref = ANY($1::text[])", list(contact_refs))


async def words_told(tx: Reads, request_ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Load the forecast in words as last told, by request."""
    if not request_ids:
        return {}
    found = await tx.sql(
        "SELECT request_id, words FROM request WHERE request_id = ANY($1::uuid[]) AND words IS NOT NULL", request_ids
    )
    return {row["request_id"]: orjson.loads(row["words"]) for row in found}


async def keep_requests(tx: Transaction, events: Iterable[RequestEvent]) -> None:
    """Keep requests as their reporters' events describe them now."""
    rows = {event.request_id: _request(event) for event in events}
    await tx.upsert(Request, list(rows.values()), keys=("request_id",), only=("about",))


_UNKNOWN: Final = """
SELECT id FROM unnest($1::uuid[]) AS given(id) WHERE NOT EXISTS (SELECT FROM request WHERE request_id = given.id)
"""


async def know_requests(tx: Transaction, events: Iterable[RequestEvent]) -> None:
    """Keep requests that another topic's event has told of first."""
    by_id = {event.request_id: event for event in events}
    unknown = await tx.sql(_UNKNOWN, list(by_id)) if by_id else []
    await tx.insert(Request, [_request(by_id[row["id"]]) for row in unknown], ignore=("request_id",))


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
    return {"words": orjson.dumps(event.words).decode(), "due_at": event.due_at, "revision": event.revision}


def _request(event: RequestEvent) -> dict[str, Any]:
    known = {"agency": None, "words": None, "due_at": None, "revision": 0}
    return {"request_id": event.request_id, "about": event.about.model_dump_json(), **known}
