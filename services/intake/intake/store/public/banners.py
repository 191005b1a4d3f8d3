"""What pages show now: urgent articles, and the city's campaigns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis.sql import Row
from chassis.transaction import Reads

_URGENT: Final = """
SELECT title, summary AS text, NULL::text AS link FROM article
WHERE banner AND shown AND coalesce(starts_at <= $1, true) AND coalesce(expires_at > $1, true) ORDER BY article_id
"""
_CAMPAIGNS: Final = """
SELECT title, text, link FROM campaign WHERE shown AND starts_at <= $1 AND ends_at > $1 ORDER BY starts_at, code
"""


async def urgent(reads: Reads, now: datetime) -> Sequence[Row]:
    """Read the urgent articles that hold now."""
    return await reads.sql(_URGENT, now)


async def campaigns(reads: Reads, now: datetime) -> Sequence[Row]:
    """Read the campaigns that go on now and are meant for pages."""
    return await reads.sql(_CAMPAIGNS, now)
