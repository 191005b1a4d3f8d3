"""Staff look messages up; who looked for what is noted."""

from collections.abc import Mapping
from typing import Any, Final

from chassis.principals import Principal, allow
from chassis.sql import Row
from chassis.transaction import Transaction
from notify import store
from notify.domain.paging import Place
from notify.domain.policy import POLICY

_BY: Final = ("request_id", "contact", "channel", "since", "until")


async def look_up(
    tx: Transaction, caller: Principal, asked: Mapping[str, Any], after: Place | None, noted: Mapping[str, Any]
) -> list[Row]:
    """Load a page of messages, and one more when there is a next; note who asked for what."""
    subject = asked["request_id"] or asked["contact"]
    allow(POLICY, caller, "deliveries.read" if subject else "deliveries.list")
    tx.audit(caller, "deliveries.read", str(subject or "all"), noted)
    wanted = {name: asked[name] for name in _BY} | {"after": after}
    newest = asked["order"] == "newest"
    return await store.deliveries(tx, wanted, asked["state"], asked["limit"] + 1, newest_first=newest)
