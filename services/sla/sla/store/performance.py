"""How promises were kept: estimate against actual, by agency, service, area and month of opening."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from chassis.transaction import Reads

GROUPS: Final[Mapping[str, str]] = {
    "agency": "nullif(agency, '')",
    "service": "service_code",
    "area": "nullif(area, '')",
    "month": "to_char(opened_at AT TIME ZONE $4, 'YYYY-MM')",
}
"""What may be told apart, and how it is found."""

_TOOK: Final = "extract(epoch FROM closed_at - opened_at) / 86400"
_TO_AGENCY: Final = "extract(epoch FROM assigned_at - opened_at) / 86400"
_TO_RESPONSE: Final = "extract(epoch FROM responded_at - opened_at) / 86400"
_WITH_AGENCY: Final = "extract(epoch FROM closed_at - assigned_at) / 86400"
# Duplicates count with the request they follow. `clock_opened` finds the months asked for, whatever was before.
_PERFORMANCE: Final = f"""
SELECT {{groups}},
  count(*) AS opened,
  count(closed_at) AS closed,
  count(*) FILTER (WHERE due_at IS NOT NULL AND (closed_at IS NOT NULL OR deadline_at <= $3)) AS with_target,
  count(*) FILTER (WHERE closed_at <= due_at) AS on_time,
  count(*) FILTER (WHERE closed_at <= deadline_at) AS on_time_without_waiting,
  count(*) FILTER (WHERE closed_at IS NULL AND paused_at IS NULL AND deadline_at <= $3) AS overdue_open,
  count(*) FILTER (WHERE closed_at > deadline_at
    OR (closed_at IS NULL AND paused_at IS NULL AND deadline_at <= $3)) AS breaches,
  count(*) FILTER (WHERE expected_at IS NOT NULL AND (closed_at IS NOT NULL OR expected_at <= $3)) AS with_forecast,
  count(*) FILTER (WHERE closed_at <= expected_at) AS within_forecast,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY {_TOOK}) FILTER (WHERE closed_at IS NOT NULL) AS days_50,
  percentile_disc(0.8) WITHIN GROUP (ORDER BY {_TOOK}) FILTER (WHERE closed_at IS NOT NULL) AS days_80,
  percentile_disc(0.95) WITHIN GROUP (ORDER BY {_TOOK}) FILTER (WHERE closed_at IS NOT NULL) AS days_95,
  count(responded_at) AS responded,
  count(*) FILTER (WHERE responded_at IS NULL AND closed_at IS NULL) AS unanswered_open,
  count(*) FILTER (WHERE respond_by <= coalesce(closed_at, $3) OR (respond_by IS NOT NULL AND responded_at IS NOT NULL))
    AS with_response_target,
  count(*) FILTER (WHERE responded_at <= respond_by) AS responded_on_time,
  count(*) FILTER (WHERE responded_at IS NULL AND closed_at IS NULL AND respond_by <= $3) AS response_overdue,
  percentile_disc(0.5) WITHIN GROUP (ORDER BY {_TO_RESPONSE}) FILTER (WHERE responded_at IS NOT NULL)
    AS days_to_response_50,
  percentile_disc(0.8) WITHIN GROUP (ORDER BY {_TO_RESPONSE}) FILTER (WHERE responded_at IS NOT NULL)
    AS days_to_response_80,
  avg({_TO_AGENCY}) AS days_to_agency,
  avg({_WITH_AGENCY} - waited / 86400.0) AS days_of_work,
  avg(waited / 86400.0) FILTER (WHERE closed_at IS NOT NULL) AS days_waiting,
  count(*) FILTER (WHERE stage >= 2) AS reopened
FROM clock WHERE opened_at >= $1 AND opened_at < $2 AND NOT linked
GROUP BY {{names}} ORDER BY {{names}}
"""
_VOLUME: Final = """
SELECT nullif(agency, '') AS agency, service_code AS service, count(*) AS requests
FROM clock WHERE opened_at >= $1 AND opened_at < $2 AND NOT linked GROUP BY 1, 2
"""


async def performance(
    reads: Reads, since: datetime, until: datetime, now: datetime, zone: str, by: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Compare what was promised with what came true, of the requests opened in a time, told apart by some of GROUPS.

    What is open and late counts as not on time; it is nobody's success that it is not closed yet.
    """
    groups = ", ".join(f"{GROUPS[name]} AS {name}" for name in by)
    names = ", ".join(str(place) for place in range(1, len(by) + 1))
    asked = f"WITH given AS (SELECT $4::text) {_PERFORMANCE.format(groups=groups, names=names)}"
    return list(await reads.sql(asked, since, until, now, zone))


async def volume(reads: Reads, since: datetime, until: datetime) -> list[Mapping[str, Any]]:
    """Count the requests opened in a time by agency and service."""
    return list(await reads.sql(_VOLUME, since, until))
