"""What the map asks: how quickly requests of each area were completed."""

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


async def pace_by_area(reads: Reads, kind: str, service: str | None, since: datetime) -> list[Row]:
    """Count closings that held, and the seconds of half and of eight in ten, by area of a kind; '' is everywhere."""
    return await reads.sql(_PACE, kind, service, since)
