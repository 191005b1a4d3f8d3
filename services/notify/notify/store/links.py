"""Requests that follow another, with who is told of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from notify.store.tables import Link


async def save_links(tx: Transaction, rows: Sequence[Row], ended: Sequence[UUID]) -> None:
    """Keep who follows whom, and forget who does no longer."""
    if ended:
        await tx.sql("DELETE FROM link WHERE request_id = ANY($1::uuid[])", list(ended))
    await tx.upsert(Link, rows, keys=("request_id",))


async def followers_of(tx: Reads, request_ids: Iterable[UUID]) -> dict[UUID, list[tuple[UUID, list[str], datetime]]]:
    """Load the requests that follow these, each with its contacts, and since when it follows."""
    found: dict[UUID, list[tuple[UUID, list[str], datetime]]] = {}
    for row in await tx.sql("SELECT * FROM link WHERE parent_id = ANY($1::uuid[])", list(set(request_ids))):
        found.setdefault(row["parent_id"], []).append((row["request_id"], row["contact_refs"].split(), row["since"]))
    return found


async def forget_followers(tx: Transaction, contact_refs: Sequence[str]) -> None:
    """Take erased contacts out of the links they are in."""
    await tx.sql(
        "UPDATE link SET contact_refs = array_to_string(ARRAY("
        "  SELECT one FROM unnest(string_to_array(contact_refs, ' ')) AS one WHERE one <> ALL($1::text[])), ' ')"
        " WHERE string_to_array(contact_refs, ' ') && $1::text[]",
        list(contact_refs),
    )
