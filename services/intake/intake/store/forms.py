"""How far forms have come: one line for each filling-in, under a name that leads to nobody."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import DateTime, Index
from sqlmodel import Field

from chassis.sql import Row
from chassis.transaction import Reads
from intake.store.tables import Base

_NOTE = """
INSERT INTO form_visit AS known (visit_key, service_code, channel, again, reached, begun_at, moved_at)
SELECT *, $6::timestamptz, $6 FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::int[])
ON CONFLICT (visit_key) DO UPDATE SET moved_at = excluded.moved_at, channel = excluded.channel,
  service_code = CASE excluded.service_code WHEN '' THEN known.service_code ELSE excluded.service_code END,
  reached = greatest(known.reached, excluded.reached) WHERE known.reached < $7
"""
_COUNT = """
SELECT service_code, channel, reached, moved_at < $3 AS is_idle, count(*) AS forms FROM form_visit
WHERE begun_at >= $1 AND begun_at < $2 GROUP BY 1, 2, 3, 4
"""
_PACE = """
SELECT service_code, channel, again, count(*) AS sent,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM moved_at - begun_at)::float8) AS half,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM moved_at - begun_at)::float8) AS most
FROM form_visit WHERE begun_at >= $1 AND begun_at < $2 AND reached = $3
GROUP BY GROUPING SETS ((service_code, channel), (service_code, channel, again))
"""


class FormVisit(Base, table=True):
    """One filling-in of a form: how far it came and when; `again` is whether who fills it in has done so before."""

    __tablename__ = "form_visit"
    __table_args__ = (Index("form_visit_by_time", "begun_at"),)

    visit_key: str = Field(primary_key=True)
    service_code: str
    channel: str
    again: bool
    reached: int
    begun_at: datetime = Field(sa_type=DateTime(timezone=True))
    moved_at: datetime = Field(sa_type=DateTime(timezone=True))


async def note_visits(reads: Reads, visits: Sequence[Row], now: datetime, last: int) -> None:
    """Note how far forms have come; none goes back, and one that was sent (`last`) stays as it is."""
    names = ("visit_key", "service_code", "channel", "again", "reached")
    columns = ([visit[name] for visit in visits] for name in names)
    await reads.sql(_NOTE, *columns, now, last)


async def count_visits(reads: Reads, since: datetime, until: datetime, idle: datetime) -> list[Row]:
    """Count the forms begun in a time, by service, channel, step reached, and whether they lie idle."""
    return await reads.sql(_COUNT, since, until, idle)


async def paces(reads: Reads, since: datetime, until: datetime, sent: int) -> list[Row]:
    """Measure the seconds from the beginning to the sending: of all (`again` is None), of first times, of others."""
    return await reads.sql(_PACE, since, until, sent)
