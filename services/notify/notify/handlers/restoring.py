"""Restoring what notify has told from what it published: a message whose ending is on the log is never sent again."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from chassis.rebuilding import Derived, Fate, Kept
from chassis.records import Received
from chassis.transaction import Transaction
from contracts.notify import NotificationSettled
from notify import store

_HEARD: Final = "when the news was heard, and in which order"
_ATTEMPTS: Final = "attempts are not published before the ending"
TABLES: Final[Mapping[str, Fate]] = {
    "profile": Derived(carried=("flags",)),
    "request": Derived(),
    "link": Derived(),
    "open_intent": Derived(
        emptied=False,
        without={
            **dict.fromkeys(("seq", "at", "made_at", "expires_at", "traceparent"), _HEARD),
            **dict.fromkeys(("attempts", "next_attempt_at", "postponed", "detail", "lane"), _ATTEMPTS),
        },
    ),
    "settled_intent": Derived(
        without={
            **dict.fromkeys(("seq", "at", "made_at"), _HEARD),
            "settled_at": "imported history is told by its own clock",
        }
    ),
    "leaving": Kept("what people wish to hear no more of is noted here alone"),
    "returned": Kept("what mail servers, providers and readers sent back is noted here alone"),
    "undelivered": Kept("what was given up, and who had it sent again, is noted here alone"),
    "texts_sent": Kept("how much was sent to whom in the last day"),
    "printed_letter": Kept("letters that wait for the print room"),
    "print_batch": Kept("what the print room has taken and posted"),
    "campaign": Derived(carried=("told_to",)),
    "due": Kept("whose turn it is in a campaign, set when it is announced; what is over does nothing"),
    "claim": Derived(uncompared="leases of deliverers"),
}
"""What becomes of each table in a rebuild; what is open stays as it is."""


async def restore_endings(tx: Transaction, received: Sequence[Received[NotificationSettled]]) -> None:
    """Note how messages ended."""
    await store.restore_settled(tx, [_told(r) for r in received])


def _told(r: Received[NotificationSettled]) -> store.Told:
    event = r.event
    return store.Told(
        event.request_id,
        UUID(event.intent_id),
        event.sequence,
        event.contact_ref,
        event.channel.value,
        event.moment.value,
        event.transition,
        event.attempts,
        event.outcome.value,
        event.detail,
        r.at,
    )


async def forget_what_was_told(tx: Transaction) -> None:
    """Take back messages that were intended again after their ending."""
    await store.drop_told(tx)
