"""What a request said, with the originals, and what it says after an amendment."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads, Transaction
from intake.store.places import UnverifiedPlace, place_columns
from intake.store.tables import Request
from intake.store.vault import VaultWords

_TOLD = """
SELECT r.request_id, r.description, r.attributes, w.description AS original, w.attributes AS personal
FROM request r LEFT JOIN vault_words w USING (request_id) WHERE r.request_id = ANY($1::uuid[])
"""


async def told_of(reads: Reads, request_ids: Sequence[UUID]) -> Mapping[UUID, Row]:
    """Read words and answers, public and original."""
    return {row["request_id"]: row for row in await reads.sql(_TOLD, request_ids)}


async def amend_requests(
    tx: Transaction,
    words: Sequence[Row],
    places: Mapping[UUID, Any],
    doubted: Sequence[Row],
) -> None:
    """Write amended words, answers and places; a place that cannot be found waits for a person."""
    public = [{name: row[name] for name in ("request_id", "description", "attributes")} for row in words]
    await tx.update(Request, public, ("request_id",))
    vault = [_vault_row(row) for row in words]
    await tx.upsert(VaultWords, vault, ("request_id",), only=("description", "attributes"))
    columns = [{"request_id": request_id, **place_columns(place)} for request_id, place in places.items()]
    await tx.update(Request, columns, ("request_id",))
    if places:
        await tx.sql("DELETE FROM unverified_place WHERE request_id = ANY($1::uuid[])", list(places))
    await tx.insert(UnverifiedPlace, doubted)


def _vault_row(row: Row) -> dict[str, Any]:
    kept = {"description": row["original"], "attributes": row["personal"]}
    return {"request_id": row["request_id"], "contact_ref": None, **kept}
