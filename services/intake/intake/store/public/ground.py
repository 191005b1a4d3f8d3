"""What the map asks: how quickly requests of each area were completed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis.sql import Row
from chassis.transaction import Reads

_PACE: Final = """
SELECT CASE WHEN $1 = '' THEN '' ELSE r.area->>$1 END AS area, count(*) AS closed,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.closed_at - c.opened_at))::float8 AS half,
  percentile_cont(0.8) WITHIN GROUP (ORDER BY extract(epoch FROM c.closed_at - c.opened_at))::float8 AS most
FROM closure c JOIN request r USING (request_id)
WHERE c.closed_at >= $3 AND c.reopened_at IS NULL AND NOT c.with_parent
  AND ($2::text IS NULL OR c.service_code = $2) AND ($1 = '' OR r.area->>$1 IS NOT NULL)
GROUP BY 1 ORDER BY 1
"""
_ALONE: Final = "SELECT pg_try_advisory_lock(hashtextextended('areas of the city', 311)) AS alone"
_TOGETHER: Final = "SELECT pg_advisory_unlock(hashtextextended('areas of the city', 311))"
_BROKEN: Final = """
SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = 'request'::regclass AND NOT i.indisvalid AND c.relname LIKE 'request\\_in\\_%'
"""
_INDEX: Final = """
CREATE INDEX CONCURRENTLY IF NOT EXISTS "request_in_{kind}" ON request ((area ->> '{kind}'), opened_at, request_id)
WHERE area ->> '{kind}' IS NOT NULL
"""


async def index_areas(reads: Reads, kinds: Sequence[str]) -> None:
    """Make lists of an area quick, for the kinds of area that the city has; writes go on meanwhile.

    One process does it, the others find it done. What was cut off half-way is made anew.
    """
    if not (await reads.sql(_ALONE))[0]["alone"]:
        return
    try:
        for broken in await reads.sql(_BROKEN):
            await reads.sql(f'DROP INDEX CONCURRENTLY IF EXISTS "{broken["name"]}"')
        for kind in kinds:
            await reads.sql(_INDEX.format(kind=kind))
    finally:
        await reads.sql(_TOGETHER)


async def pace_by_area(reads: Reads, kind: str, service: str | None, since: datetime) -> list[Row]:
    """Count closings that held, and the seconds of half and of eight in ten, by area of a kind; '' is everywhere."""
    return await reads.sql(_PACE, kind, service, since)
