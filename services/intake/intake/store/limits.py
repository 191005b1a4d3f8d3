"""The buckets that all processes share."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import DateTime
from sqlmodel import Field

from chassis.transaction import Transaction
from intake.store.tables import Base


class TokenBucket(Base, table=True):
    """How full a caller's bucket was at a moment; it drains since."""

    __tablename__ = "token_bucket"
    __table_args__ = ({"postgresql_with": {"fillfactor": "50"}},)

    bucket: str = Field(primary_key=True)
    level: float
    at: datetime = Field(sa_type=DateTime(timezone=True))


_POUR = """
WITH g AS (SELECT * FROM unnest($1::text[], $2::float8[], $3::float8[]) AS g(bucket, poured, an_hour)),
old AS (SELECT b.bucket, greatest(0, b.level - greatest(0, extract(epoch FROM $4 - b.at)) * g.an_hour / 3600) AS level
  FROM token_bucket b JOIN g USING (bucket) ORDER BY b.bucket FOR UPDATE OF b)
INSERT INTO token_bucket AS t (bucket, level, at)
SELECT g.bucket, g.poured + coalesce(old.level, 0), $4 FROM g LEFT JOIN old USING (bucket) ORDER BY g.bucket
ON CONFLICT (bucket) DO UPDATE SET level = excluded.level, at = excluded.at
RETURNING t.bucket, t.level
"""


async def pour(tx: Transaction, poured: Sequence[tuple[str, int, int]]) -> dict[str, float]:
    """Add what came (bucket, how many, what drains an hour) to the shared buckets; returns how full each is now."""
    columns = [list(column) for column in zip(*sorted(poured), strict=True)]
    names, counts, rates = columns
    rows = await tx.sql(_POUR, names, [float(n) for n in counts], [float(n) for n in rates], tx.now)
    return {row["bucket"]: row["level"] for row in rows}


async def drop_old(tx: Transaction) -> None:
    """Forget buckets that nobody poured into for a day."""
    await tx.sql("DELETE FROM token_bucket WHERE at < $1", tx.now - timedelta(days=1))
