"""Praise for the crews of agencies that work at the desk; its words stay with survey."""

from collections.abc import Sequence

from chassis.records import Received
from chassis.transaction import Reads, Transaction
from contracts.survey import FeedbackKind, FeedbackRecorded
from intake.handlers.desk import Desk, Facts
from intake.store.agencies import praise

_KEPT = ("feedback_id", "agency", "crew", "service_code", "tracking_number", "request_id", "rating", "comment_ref")


async def keep_praise(tx: Transaction, received: Sequence[Received[FeedbackRecorded]]) -> None:
    """Keep who was praised; complaints and opinions are survey's to look after."""
    praised = {r.event.feedback_id: r for r in received if r.event.kind is FeedbackKind.PRAISE}
    rows = [{**{name: getattr(r.event, name) for name in _KEPT}, "at": r.at} for r in praised.values()]
    await tx.insert(praise.Praise, rows, ignore=("feedback_id",))


async def show_praise(reads: Reads, agency: str, crew: str | None, limit: int, desk: Desk) -> list[Facts]:
    """Show an agency what its crews were praised for, the newest first, and where the words are read."""
    return [
        {**row, "words_url": desk.words_url(row["comment_ref"])}
        for row in await praise.praise_of(reads, agency, crew, limit)
    ]
