"""What was shared with agencies, and which of it waits for an assessment."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from chassis.transaction import Reads, Transaction
from survey.store.tables import Row, SharedResults

_OPEN: Final = """
SELECT * FROM follow_up WHERE kind = 'assessment' AND agency = $1 AND state <> 'settled'
  AND split_part(reason, '/', 1)::date >= $2 AND split_part(reason, '/', 2)::date <= $3
ORDER BY follow_up_id FOR UPDATE
"""


async def share(tx: Transaction, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep what was shared, as it was then."""
    await tx.insert(SharedResults, rows, ignore=("agency", "since", "until"))


async def shared(reads: Reads, agency: str | None, limit: int) -> list[Row]:
    """List what was shared, the newest first."""
    text = "SELECT * FROM shared_results WHERE $1::text IS NULL OR agency = $1 ORDER BY until DESC, agency LIMIT $2"
    return list(await reads.sql(text, agency, limit))


async def lock_to_assess(tx: Transaction, agency: str, since: date, until: date) -> list[Row]:
    """Lock the follow-ups of shared results that lie within these days and wait for an assessment."""
    return list(await tx.sql(_OPEN, agency, since, until))
