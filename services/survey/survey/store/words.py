"""Answers, and residents' own words among them, which never travel."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from chassis.transaction import Reads, Transaction
from survey.store.tables import AnswerRow, ForgottenRow, Row


async def add_answers(tx: Transaction, rows: Sequence[Row]) -> None:
    """Keep answers."""
    await tx.insert(AnswerRow, rows)


async def comment(reads: Reads, refs: Sequence[str]) -> dict[str, Row]:
    """Return comments by their references, with the request they are about."""
    wanted = (
        "SELECT a.comment_ref, a.comment, a.answered_at, i.request_id, i.service_code, i.agency FROM answer a"
        " JOIN invitation i USING (invitation_id) WHERE a.comment_ref = ANY($1::text[]) UNION ALL"
        " SELECT f.comment_ref, w.words, f.recorded_at, f.request_id, f.service_code, f.agency FROM feedback f"
        " JOIN feedback_words w USING (feedback_id) WHERE f.comment_ref = ANY($1::text[])"
    )
    return {row["comment_ref"]: row for row in await reads.sql(wanted, refs)}


_BLANK: Final = """
UPDATE answer SET comment = NULL, other = coalesce((
  SELECT jsonb_object_agg(key, value) FROM jsonb_each(other) WHERE jsonb_typeof(value) <> 'string'), '{}')
FROM invitation WHERE invitation.invitation_id = answer.invitation_id AND contact_ref = ANY($1::text[])
"""
_SILENCE: Final = """
UPDATE invitation SET state = 'withdrawn' WHERE contact_ref = ANY($1::text[]) AND state IN ('waiting', 'sent')
"""


async def forget_contacts(tx: Transaction, refs: Mapping[str, datetime]) -> None:
    """Blank what these people wrote, take back what they were still asked, and remember to leave them alone."""
    await tx.sql(_BLANK, list(refs))
    await tx.sql(_SILENCE, list(refs))
    gone = (
        "UPDATE feedback_words SET words = NULL, public_words = NULL, reply = NULL WHERE contact_ref = ANY($1::text[])"
    )
    await tx.sql(gone, list(refs))
    rows = [{"contact_ref": ref, "forgotten_at": at} for ref, at in refs.items()]
    await tx.insert(ForgottenRow, rows, ignore=("contact_ref",))


async def forgotten(reads: Reads, refs: Sequence[str]) -> set[str]:
    """Return which of these people asked to be forgotten."""
    found = await reads.sql("SELECT contact_ref FROM forgotten WHERE contact_ref = ANY($1::text[])", refs)
    return {row["contact_ref"] for row in found}
