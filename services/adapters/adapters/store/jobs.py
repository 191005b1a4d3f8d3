"""The work orders of agencies' own systems, and which handovers they work on: many to many."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from adapters.store.tables import Covers, WorkOrder
from chassis.sql import Row
from chassis.transaction import Reads, Transaction

_OWN: Final = ("status", "type", "status_at", "starts_at", "ends_at")


class Job(NamedTuple):
    """A work order of an agency, where it stands, and the handovers it works on.

    With `status_at` it was read by itself: the handovers are then all there are.
    """

    agency: str
    number: str
    status: str | None
    references: tuple[str, ...]
    type: str | None = None
    status_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


async def note_work_orders(tx: Transaction, jobs: Sequence[Job]) -> None:
    """Note work orders, and what they work on; the last word on each holds."""
    last = {(job.agency, job.number): job for job in jobs}
    read = [job for job in last.values() if job.status_at]
    for told, only in ((read, _OWN), ([job for job in last.values() if not job.status_at], ("status",))):
        rows = [{name: value for name, value in job._asdict().items() if name != "references"} for job in told]
        await tx.upsert(WorkOrder, [{**row, "first_at": tx.now} for row in rows], keys=("agency", "number"), only=only)
    await _let_go(tx, read)
    pairs = dict.fromkeys(
        (job.agency, job.number, one)
        for job in (*read, *(job for job in jobs if not job.status_at))
        for one in job.references
    )
    covers = [{"agency": agency, "number": number, "reference": one} for agency, number, one in pairs]
    await tx.insert(Covers, covers, ignore=("agency", "number", "reference"))


_LET_GO: Final = """
DELETE FROM covers USING unnest($1::text[], $2::text[], $3::text[]) AS job(agency, number, kept)
WHERE covers.agency = job.agency AND covers.number = job.number
  AND NOT covers.reference = ANY(string_to_array(job.kept, chr(10)))
"""


async def _let_go(tx: Transaction, read: Sequence[Job]) -> None:
    """Forget what an order works on no longer."""
    if read:
        rows = [(job.agency, job.number, "\n".join(job.references)) for job in read]
        await tx.sql(_LET_GO, *map(list, zip(*rows, strict=True)))


async def work_orders_of(reads: Reads, agency: str, references: Sequence[str]) -> list[Row]:
    """Load the work orders that work on these handovers."""
    wanted = (
        "SELECT covers.reference, work_order.* FROM covers JOIN work_order USING (agency, number)"
        " WHERE agency = $1 AND reference = ANY($2::text[]) ORDER BY first_at, number"
    )
    return await reads.sql(wanted, agency, list(references))


async def work_orders(reads: Reads, agency: str, numbers: Sequence[str]) -> list[Row]:
    """Load work orders by their numbers, with the handovers each works on."""
    wanted = (
        "SELECT w.*, coalesce(array_agg(c.reference) FILTER (WHERE c.reference IS NOT NULL), '{}') AS covers"
        " FROM work_order AS w LEFT JOIN covers AS c USING (agency, number)"
        " WHERE agency = $1 AND number = ANY($2::text[]) GROUP BY w.agency, w.number"
    )
    return await reads.sql(wanted, agency, list(numbers)) if numbers else []
