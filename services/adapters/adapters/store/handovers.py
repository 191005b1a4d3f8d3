"""Handovers, and the work orders that work on them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from adapters.store.tables import Covers, Handover, WorkOrder
from chassis.sql import Row
from chassis.transaction import Reads, Transaction


async def handovers_of(reads: Reads, agency: str, request_ids: Sequence[UUID]) -> list[Row]:
    """Load an agency's handovers of these requests, in the order they were made."""
    wanted = "SELECT * FROM handover WHERE agency = $1 AND request_id = ANY($2::uuid[]) ORDER BY handed_at, reference"
    return await reads.sql(wanted, agency, list(request_ids))


async def handovers(reads: Reads, agency: str, *, only_open: bool = False) -> list[Row]:
    """Load what an agency's system has of us, newest first."""
    wanted = "SELECT * FROM handover WHERE agency = $1 AND (is_open OR NOT $2) ORDER BY handed_at DESC LIMIT 1000"
    return await reads.sql(wanted, agency, only_open)


_COMPARED: Final = """
SELECT reference, number, status, is_open, handed_at, sent_at IS NOT NULL AS is_sent FROM handover
WHERE agency = $1 AND (is_open OR ended_at > $2) ORDER BY handed_at
"""


async def comparable(reads: Reads, agency: str, since: datetime) -> list[Row]:
    """Load what is to be compared: what is open, and what ended lately."""
    return await reads.sql(_COMPARED, agency, since)


async def add_handovers(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep new handovers."""
    await tx.insert(Handover, rows, ignore=("agency", "reference"))


async def end_handovers(tx: Transaction, agency: str, references: Sequence[str], at: datetime) -> None:
    """Note that nothing more is expected of these, and keep none of a resident's words."""
    await tx.sql(
        "UPDATE handover SET is_open = false, ended_at = coalesce(ended_at, $3),"
        " body = body - '{description,text,place,photos,details_url}'::text[]"
        " WHERE agency = $1 AND reference = ANY($2::text[])",
        agency,
        list(references),
        at,
    )


async def amend_handover(tx: Transaction, agency: str, reference: str, body: Mapping[str, object]) -> None:
    """Keep the newest facts of a request."""
    await tx.update(
        Handover, [{"agency": agency, "reference": reference, "body": dict(body)}], keys=("agency", "reference")
    )


_SENT: Final = """
UPDATE handover SET number = coalesce($3, number), version = coalesce($4, version), sent_at = coalesce(sent_at, $5)
WHERE agency = $1 AND reference = $2
"""


async def note_sent(
    tx: Transaction, agency: str, reference: str, number: str | None, version: str | None, at: datetime
) -> None:
    """Note that the agency's system has it, under which number."""
    await tx.sql(_SENT, agency, reference, number, version, at)


_FIND: Final = """
SELECT * FROM handover WHERE agency = $1 AND (reference = ANY($2::text[]) OR number = ANY($3::text[])
  OR reference IN (SELECT reference FROM covers WHERE covers.agency = $1 AND covers.number = ANY($4::text[])))
ORDER BY reference FOR UPDATE
"""


async def find_handovers(
    tx: Transaction, agency: str, references: Sequence[str], numbers: Sequence[str], orders: Sequence[str]
) -> list[Row]:
    """Load the handovers that news is about, locked: by our reference, their number, or the work order over them."""
    return await tx.sql(_FIND, agency, list(references), list(numbers), list(orders))


_STATUS: Final = """
UPDATE handover SET status = $3, status_at = $4, version = coalesce($5, version), number = coalesce(number, $6)
WHERE agency = $1 AND reference = $2
"""


async def note_status(
    tx: Transaction, agency: str, reference: str, status: str, at: datetime, *, version: str | None, number: str | None
) -> None:
    """Note where the agency's system says a record stands."""
    await tx.sql(_STATUS, agency, reference, status, at, version, number)


async def note_work_order(
    tx: Transaction, agency: str, number: str, references: Sequence[str], status: str | None
) -> None:
    """Note a work order, and the handovers it works on."""
    job = {"agency": agency, "number": number, "status": status, "first_at": tx.now}
    await tx.upsert(WorkOrder, [job], keys=("agency", "number"), only=("status",))
    rows = [{"agency": agency, "number": number, "reference": one} for one in references]
    await tx.insert(Covers, rows, ignore=("agency", "number", "reference"))


async def work_orders_of(reads: Reads, agency: str, references: Sequence[str]) -> list[Row]:
    """Load the work orders that work on these handovers."""
    wanted = (
        "SELECT covers.reference, work_order.* FROM covers JOIN work_order USING (agency, number)"
        " WHERE agency = $1 AND reference = ANY($2::text[]) ORDER BY first_at, number"
    )
    return await reads.sql(wanted, agency, list(references))
