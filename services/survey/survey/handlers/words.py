"""Residents' own words: read by staff alone, each reading noted, and blanked when their author asks to be forgotten."""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.errors import not_found
from chassis.masking import mask
from chassis.principals import Principal, allow, may
from chassis.records import Received
from chassis.transaction import Transaction
from contracts.intake import ContactErased
from survey import store
from survey.domain.policy import POLICY


async def read_comment(tx: Transaction, comment_ref: str, caller: Principal) -> Mapping[str, Any]:
    """Show a resident's own words to staff, and their public copy to the agency that did the work.

    Every reading is noted. No command: what a command answers is kept. Raises a 403 problem for who may not, a 404
    problem where there is no such comment.
    """
    row = (await store.comment(tx, [comment_ref])).get(comment_ref)
    own = may(POLICY, caller, "comment.read")
    allow(POLICY, caller, "comment.read_public", agency=row["agency"] if row else None)
    if row is None:
        raise not_found("comment")
    request_id = str(row["request_id"]) if row["request_id"] else None
    tx.audit(caller, "comment.read", comment_ref, {"request_id": request_id})
    said = row["comment"] if own or row["comment"] is None else mask(row["comment"])
    return {**row, "comment": said, "request_id": request_id, "answered_at": row["answered_at"].isoformat()}


async def forget_people(tx: Transaction, received: Sequence[Received[ContactErased]]) -> None:
    """Blank what people wrote, ask them nothing more, and remember to ask them nothing about later closings."""
    await store.forget_contacts(tx, {r.event.contact_ref: r.at for r in received})
