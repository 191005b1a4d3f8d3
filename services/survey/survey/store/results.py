"""Counts of what was closed, who was asked and what they answered."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from chassis.transaction import Reads, Transaction
from survey.store.tables import Row

_RESULTS: Final = """
SELECT i.service_code, nullif(i.agency, '') AS agency, count(*) AS invited, count(a.invitation_id) AS answered,
  avg(a.work_rating)::float8 AS work_rating, avg(a.handling_rating)::float8 AS handling_rating,
  avg(a.agent_rating)::float8 AS agent_rating, avg(a.done::int)::float8 AS done_share,
  count(*) FILTER (WHERE a.disputed) AS disputed
FROM invitation i LEFT JOIN answer a USING (invitation_id)
WHERE i.sent_at IS NOT NULL AND ($1::text IS NULL OR i.agency = $1)
GROUP BY 1, 2 ORDER BY 1, 2
"""
_ANSWERED: Final = """
SELECT {of} AS value, count(*) AS invited, count(a.invitation_id) AS answered,
  avg(a.work_rating)::float8 AS work_rating, avg(a.handling_rating)::float8 AS handling_rating,
  avg(a.agent_rating)::float8 AS agent_rating, avg(a.done::int)::float8 AS done_share,
  count(*) FILTER (WHERE a.disputed) AS disputed
FROM invitation i LEFT JOIN answer a USING (invitation_id)
WHERE i.sent_at IS NOT NULL AND ($1::text IS NULL OR i.agency = $1)
  AND ask_at >= $2::date AND ask_at < $3::date GROUP BY 1
"""
_CLOSED: Final = """
SELECT {of} AS value, sum(n)::bigint AS n FROM closings i
WHERE ($1::text IS NULL OR agency = $1) AND day >= $2 AND day < $3 GROUP BY 1
"""
_CLOSURES: Final = """
SELECT {of} AS value, sum(n)::bigint AS closed,
  coalesce(sum(n) FILTER (WHERE disposition = 'fixed'), 0)::bigint AS fixed,
  coalesce(sum(n) FILTER (WHERE disposition <> ALL($4::text[])), 0)::bigint AS without_work,
  sum(again)::bigint AS reopened
FROM closings i WHERE ($1::text IS NULL OR agency = $1) AND day >= $2 AND day < $3 GROUP BY 1 ORDER BY 1
"""
_COUNT: Final = """
INSERT INTO closings (day, agency, service_code, area, channel, crew, disposition, n, again)
SELECT * FROM unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[],
  $9::bigint[])
ON CONFLICT (day, agency, service_code, area, channel, crew, disposition)
DO UPDATE SET n = closings.n + excluded.n, again = closings.again + excluded.again
"""
_STAGES: Final = """
SELECT stage, sum(asked)::bigint AS asked, sum(points) / nullif(sum(asked), 0)::float8 AS rating,
  sum(unasked)::bigint AS unasked, sum(unasked_points) / nullif(sum(unasked_rated), 0)::float8 AS unasked_rating,
  sum(praise)::bigint AS praise, sum(complaints)::bigint AS complaints
FROM (
  SELECT s.stage, count(s.rating) AS asked, sum(s.rating) AS points, 0 AS unasked, 0 AS unasked_points,
    0 AS unasked_rated, 0 AS praise, 0 AS complaints
  FROM answer a JOIN invitation i USING (invitation_id) CROSS JOIN LATERAL (VALUES
    ('intake', a.agent_rating), ('work', a.handling_rating), ('closure', a.work_rating)) AS s(stage, rating)
  WHERE ($1::text IS NULL OR i.agency = $1) AND a.answered_at >= $2::date AND a.answered_at < $3::date GROUP BY 1
  UNION ALL
  SELECT stage, 0, 0, count(*), sum(rating), count(rating), count(*) FILTER (WHERE kind = 'praise'),
    count(*) FILTER (WHERE kind = 'complaint')
  FROM feedback f WHERE stage IS NOT NULL AND ($1::text IS NULL OR agency = $1)
    AND recorded_at >= $2::date AND recorded_at < $3::date
    AND NOT EXISTS (SELECT FROM answer a WHERE a.comment_ref = f.comment_ref) GROUP BY 1
) AS heard GROUP BY stage
"""
DIMENSIONS: Final[Mapping[str, tuple[str, str]]] = {
    "agency": ("i.agency", "i.agency"),
    "service": ("i.service_code", "i.service_code"),
    "crew": ("i.crew", "i.crew"),
    "area": ("i.area", "i.area"),
    "channel": ("i.channel", "i.channel"),
    "month": ("to_char(i.ask_at, 'YYYY-MM')", "to_char(i.day, 'YYYY-MM')"),
}
"""By what results are shown: how it reads of who was asked, and of what was closed."""


class Closing(NamedTuple):
    """What closings are counted by."""

    day: date
    agency: str
    service_code: str
    area: str
    channel: str
    crew: str
    disposition: str


async def results(reads: Reads, agency: str | None) -> list[Row]:
    """Count invitations and answers by service and agency; for one agency, or for all."""
    return list(await reads.sql(_RESULTS, agency))


async def count_closings(tx: Transaction, counts: Mapping[Closing, tuple[int, int]]) -> None:
    """Add to the counts of closings, and of those that followed a reopening."""
    ordered = sorted(counts)  # one order for all writers, so that none waits for another in a circle
    columns = [list(column) for column in zip(*ordered, strict=True)]
    sums = [list(column) for column in zip(*(counts[one] for one in ordered), strict=True)]
    await tx.sql(_COUNT, *columns, *sums)


async def answered_by(reads: Reads, dimension: str, agency: str | None, since: date, until: date) -> list[Row]:
    """Count who was asked and what they answered."""
    return list(await reads.sql(_ANSWERED.format(of=DIMENSIONS[dimension][0]), agency, since, until))


async def heard_by_stage(reads: Reads, agency: str | None, since: date, until: date) -> dict[str, Row]:
    """Count what was heard of each part of the way: in answers, and unasked; an answer's own praise is the answer's."""
    return {row["stage"]: row for row in await reads.sql(_STAGES, agency, since, until)}


async def closed_by(reads: Reads, dimension: str, agency: str | None, since: date, until: date) -> dict[str, int]:
    """Count what was closed."""
    rows = await reads.sql(_CLOSED.format(of=DIMENSIONS[dimension][1]), agency, since, until)
    return {row["value"]: row["n"] for row in rows}


async def closures_by(
    reads: Reads, dimension: str, agency: str | None, since: date, until: date, with_work: list[str]
) -> list[Row]:
    """Count closings with work and without, and those that followed a reopening."""
    text = _CLOSURES.format(of=DIMENSIONS[dimension][1])
    return list(await reads.sql(text, agency, since, until, with_work))
