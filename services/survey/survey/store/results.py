"""Counts of who was asked and what they answered."""

from typing import Final

from chassis.transaction import Reads
from survey.store.tables import Row

_RESULTS: Final = """
SELECT i.service_code, nullif(i.agency, '') AS agency, count(*) AS invited, count(a.invitation_id) AS answered,
  avg(a.work_rating)::float8 AS work_rating, avg(a.handling_rating)::float8 AS handling_rating,
  avg(a.agent_rating)::float8 AS agent_rating, avg(a.done::int)::float8 AS done_share,
  count(*) FILTER (WHERE a.disputed) AS disputed
FROM invitation i LEFT JOIN answer a USING (invitation_id)
WHERE i.state IN ('sent', 'answered', 'withdrawn') AND ($1::text IS NULL OR i.agency = $1)
GROUP BY 1, 2 ORDER BY 1, 2
"""


async def results(reads: Reads, agency: str | None) -> list[Row]:
    """Count invitations and answers by service and agency; for one agency, or for all."""
    return list(await reads.sql(_RESULTS, agency))
