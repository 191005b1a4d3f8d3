"""How promises were kept: counts of closed requests against their targets and forecasts."""

from collections.abc import Mapping
from typing import Any, Final

from chassis.transaction import Reads

_PERFORMANCE: Final = """
SELECT service_code, nullif(agency, '') AS agency, count(*) AS closed,
  count(*) FILTER (WHERE due_at IS NOT NULL) AS with_target,
  count(*) FILTER (WHERE closed_at <= due_at) AS on_time,
  count(*) FILTER (WHERE closed_at <= deadline_at) AS on_time_without_waiting,
  count(*) FILTER (WHERE expected_at IS NOT NULL) AS with_forecast,
  count(*) FILTER (WHERE closed_at <= expected_at) AS within_forecast
FROM clock WHERE closed_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
"""


async def performance(reads: Reads) -> list[Mapping[str, Any]]:
    """Count closed requests against their targets and forecasts, by service and agency."""
    return list(await reads.sql(_PERFORMANCE))
