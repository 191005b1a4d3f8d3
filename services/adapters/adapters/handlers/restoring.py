"""What becomes of the state in a rebuild: handovers and errands come back from the inboxes, to be looked for first."""

from collections.abc import Mapping
from typing import Final

from adapters import store
from chassis.rebuilding import Derived, Fate, Kept
from chassis.transaction import Transaction

_WORK: Final = "when it was handed over and how far it came is known to the agency's system, not to the log"
TABLES: Final[Mapping[str, Fate]] = {
    "due": Kept("each agency's next comparison, set at every start"),
    "handover": Derived(
        emptied=False,
        without=dict.fromkeys(
            ("number", "version", "status", "status_at", "told", "handed_at", "sent_at", "ended_at", "is_open", "body"),
            _WORK,
        ),
    ),
    "delivery": Derived(
        emptied=False,
        without=dict.fromkeys(
            (
                "seq",
                "body",
                "state",
                "attempts",
                "made_at",
                "next_attempt_at",
                "give_up_at",
                "held_until",
                "sent_at",
                "detail",
                "traceparent",
            ),
            _WORK,
        ),
    ),
    "heard": Kept("what agencies' systems said is on no topic of ours but as reports"),
    "exception": Kept("what people decided is noted here alone"),
    "added_code": Kept("the codes people added are noted here alone"),
    "work_order": Kept("work orders of agencies' own systems are on no topic"),
    "covers": Kept("which work orders work on which requests is on no topic"),
    "watch": Kept("how far each system was read"),
    "reconciliation": Kept("comparisons with systems outside"),
}
"""What becomes of each table in a rebuild. A handover that comes back is looked for in the agency's system by our
reference before anything is made there, and the next comparison finds its number and standing."""


async def retire_again(tx: Transaction) -> None:
    """Let what retention had given up stay given up."""
    await store.retire_again(tx)
