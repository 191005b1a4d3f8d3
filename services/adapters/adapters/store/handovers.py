"""Handovers: what agencies' systems have of us."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from adapters.store.tables import Handover
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


class Taken(NamedTuple):
    """A handover that an agency's system has, under which number."""

    agency: str
    reference: str
    number: str | None
    version: str | None


_SENT: Final = """
UPDATE handover AS h SET number = coalesce(n.number, h.number), version = coalesce(n.version, h.version),
  sent_at = coalesce(h.sent_at, $5)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS n(agency, reference, number, version)
WHERE h.agency = n.agency AND h.reference = n.reference
"""


async def note_sent(tx: Transaction, taken: Sequence[Taken], at: datetime) -> None:
    """Note that agencies' systems have these; the last word on a handover holds."""
    if last := {(one.agency, one.reference): one for one in taken}:
        await tx.sql(_SENT, *map(list, zip(*last.values(), strict=True)), at)


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


async def numbers_of(reads: Reads, agency: str, names: Sequence[str]) -> dict[str, str]:
    """Tell the city's numbers of requests, by what an agency calls them: our reference there, or its own number."""
    wanted = (
        "SELECT reference, number, body->>'tracking_number' AS ours FROM handover"
        " WHERE agency = $1 AND (reference = ANY($2::text[]) OR number = ANY($2::text[]))"
    )
    rows = await reads.sql(wanted, agency, list(names)) if names else []
    return {name: row["ours"] for row in rows for name in (row["reference"], row["number"]) if name}


class Standing(NamedTuple):
    """Where an agency's system says a record stands."""

    reference: str
    status: str
    at: datetime
    version: str | None
    number: str | None


class Told(NamedTuple):
    """The last step that was told of a handover."""

    reference: str
    mark: str | None


_STATUS: Final = """
UPDATE handover AS h SET status = n.status, status_at = n.at, version = coalesce(n.version, h.version),
  number = coalesce(h.number, n.number)
FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[])
  AS n(reference, status, at, version, number)
WHERE h.agency = $1 AND h.reference = n.reference
"""


async def note_standings(tx: Transaction, agency: str, standings: Sequence[Standing]) -> None:
    """Note where records stand; the last word on each holds."""
    if last := {one.reference: one for one in standings}:
        await tx.sql(_STATUS, agency, *map(list, zip(*last.values(), strict=True)))


_TOLD: Final = """
UPDATE handover AS h SET told = n.told FROM unnest($2::text[], $3::text[]) AS n(reference, told)
WHERE h.agency = $1 AND h.reference = n.reference
"""


async def note_told(tx: Transaction, agency: str, marks: Sequence[Told]) -> None:
    """Note which step was told of these last."""
    if last := {one.reference: one for one in marks}:
        await tx.sql(_TOLD, agency, *map(list, zip(*last.values(), strict=True)))
