"""Follow-ups, and feedback that nobody had asked for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.transaction import Reads, Transaction
from survey.store.tables import AssessmentRow, FeedbackRow, FeedbackWords, FollowUpNote, FollowUpRow, Row

_LIST: Final = """
SELECT f.*, (SELECT json_agg(json_build_object('at', n.at, 'by', n.by, 'note', n.note) ORDER BY n.at)
  FROM follow_up_note n WHERE n.follow_up_id = f.follow_up_id) AS notes
FROM follow_up f WHERE ($1::text IS NULL OR agency = $1) AND ($2::text IS NULL OR state = $2)
  AND (NOT $3 OR (due_at < $4 AND state <> 'settled')) ORDER BY due_at, follow_up_id LIMIT $5
"""
_FEEDBACK: Final = """
SELECT f.*, w.public_words, a.comment, w.reply, w.replied_at FROM feedback f
LEFT JOIN feedback_words w USING (feedback_id) LEFT JOIN answer a ON a.comment_ref = f.comment_ref
WHERE ($1::text IS NULL OR agency = $1) AND ($2::text IS NULL OR crew = $2) AND ($3::text IS NULL OR kind = $3)
ORDER BY recorded_at DESC, feedback_id LIMIT $4
"""
_ONE: Final = """
SELECT f.*, w.contact_ref, w.words, w.public_words, w.reply, w.replied_at FROM feedback f
LEFT JOIN feedback_words w USING (feedback_id) WHERE feedback_id = $1
"""
_CLOSED_BY: Final = """
SELECT request_id, closure_id, agency, crew, service_code, about FROM invitation
WHERE about->>'tracking_number' = $1 ORDER BY sequence DESC LIMIT 1
"""


async def add_follow_ups(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep new follow-ups, and changes of those there are; an older version changes nothing."""
    await tx.upsert(FollowUpRow, rows, keys=("follow_up_id",), newer="version")


async def lock_follow_ups(tx: Transaction, follow_up_ids: Sequence[UUID]) -> dict[UUID, Row]:
    """Lock and read follow-ups."""
    text = "SELECT * FROM follow_up WHERE follow_up_id = ANY($1::uuid[]) ORDER BY follow_up_id FOR UPDATE"
    return {row["follow_up_id"]: row for row in await tx.sql(text, list(follow_up_ids))}


async def note_follow_up(tx: Transaction, row: Row) -> None:
    """Keep what staff noted."""
    await tx.insert(FollowUpNote, [row])


async def follow_ups(
    reads: Reads, agency: str | None, state: str | None, *, late: bool, now: datetime, limit: int
) -> list[Row]:
    """List follow-ups with their notes, those due first first."""
    return list(await reads.sql(_LIST, agency, state, late, now, limit))


async def add_feedback(tx: Transaction, rows: Sequence[Row], words: Sequence[Row] = ()) -> None:
    """Keep feedback, and the words of it apart."""
    await tx.insert(FeedbackRow, rows, ignore=("feedback_id",))
    await tx.insert(FeedbackWords, words, ignore=("feedback_id",))


async def feedback(reads: Reads, agency: str | None, crew: str | None, kind: str | None, limit: int) -> list[Row]:
    """List feedback with the public copy of its words, the newest first."""
    return list(await reads.sql(_FEEDBACK, agency, crew, kind, limit))


async def one_feedback(reads: Reads, feedback_id: UUID) -> Row | None:
    """Read one feedback with all its words."""
    found = await reads.sql(_ONE, feedback_id)
    return found[0] if found else None


async def reply(tx: Transaction, feedback_id: UUID, words: str, at: datetime) -> None:
    """Keep what the agency answers."""
    await tx.sql("UPDATE feedback_words SET reply = $2, replied_at = $3 WHERE feedback_id = $1", feedback_id, words, at)


async def last_closing(reads: Reads, tracking_number: str) -> Row | None:
    """Find what is known of a request by its number: its last closing that was asked about."""
    found = await reads.sql(_CLOSED_BY, tracking_number)
    return found[0] if found else None


async def add_assessment(tx: Transaction, row: dict[str, Any]) -> None:
    """Keep what was made of the results of a time."""
    await tx.insert(AssessmentRow, [row], ignore=("assessment_id",))


async def assessments(reads: Reads, agency: str | None) -> list[Row]:
    """List what was made of the results, the newest first."""
    text = "SELECT * FROM assessment WHERE $1::text IS NULL OR agency = $1 ORDER BY until DESC, assessment_id"
    return list(await reads.sql(text, agency))
