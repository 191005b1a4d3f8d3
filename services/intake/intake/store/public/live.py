"""What was written on timelines since it was last looked."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from chassis.sql import Row
from chassis.transaction import Reads

MOST: Final = 20_000
_NEW: Final = f"""
SELECT t.id, t.request_id FROM unnest($1::bigint[], $2::bigint[]) AS wanted(low, high)
JOIN LATERAL (SELECT id, request_id FROM timeline WHERE id BETWEEN wanted.low AND wanted.high) AS t ON true
ORDER BY t.id LIMIT {MOST}
"""
_ENTRIES: Final = "SELECT id, request_id, at, kind, detail FROM timeline WHERE id = ANY($1::bigint[]) ORDER BY id"
_SINCE: Final = """
SELECT id, request_id, at, kind, detail FROM timeline WHERE request_id = $1 AND id > $2 ORDER BY id LIMIT 500
"""


async def newest_line(reads: Reads, request_id: UUID | None = None) -> int:
    """Tell the number of the newest line there is, or of a request's newest."""
    where = "" if request_id is None else " WHERE request_id = $1"
    given = () if request_id is None else (request_id,)
    return int((await reads.sql(f"SELECT coalesce(max(id), 0) AS n FROM timeline{where}", *given))[0]["n"])


async def new_lines(reads: Reads, ranges: Sequence[tuple[int, int]]) -> list[Row]:
    """Read which requests the lines with these numbers belong to, in the order of their numbers."""
    return await reads.sql(_NEW, *(list(ends) for ends in zip(*ranges, strict=True)))


async def lines(reads: Reads, numbers: Sequence[int]) -> list[Row]:
    """Read lines by their numbers."""
    return await reads.sql(_ENTRIES, list(numbers))


async def lines_since(reads: Reads, request_id: UUID, after: int) -> list[Row]:
    """Read a request's lines after a number."""
    return await reads.sql(_SINCE, request_id, after)
