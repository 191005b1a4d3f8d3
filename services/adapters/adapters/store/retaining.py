"""What grows with every request and is of no use once it is old: errands that were run, and news that were heard."""

from datetime import timedelta
from typing import Final

from chassis.retaining import Retention
from chassis.transaction import Transaction

_ERRAND_DAYS: Final = 92
"""The shortest time for which an errand that was run is kept."""

RETAINS: Final = (
    Retention("delivery", "sent_at", 366, _ERRAND_DAYS, "how an errand went is asked for while its request is disputed",
              only=("state", "sent")),
    Retention("heard", "heard_at", 366, 92, "a system may tell the same again, and is then known to repeat itself",
              only=("state", "applied")),
    Retention("heard", "heard_at", 366, 92, "what said nothing new is known for it as long", only=("state", "nothing")),
)  # fmt: skip
"""Handovers stay: a comparison finds by them what an agency's system has; what comes late is known as late."""

# An errand as only a rebuild leaves it: counted as tried, and never taken up since.
_RETIRE: Final = """
DELETE FROM delivery AS d USING handover AS h
WHERE h.agency = d.agency AND h.reference = d.reference AND (h.sent_at IS NOT NULL OR NOT h.is_open)
  AND d.state = 'open' AND d.attempts = 1 AND d.held_until IS NULL AND d.next_attempt_at = d.made_at
  AND d.made_at < (SELECT max(handed_at) FROM handover) - $1::interval
"""


async def retire_again(tx: Transaction) -> None:
    """Give up what a rebuild brought back and retention had given up: errands of long before the newest handover.

    Those stay of which nobody knows that they were run: of a handover that is open, and not known to have been sent.
    """
    await tx.sql(_RETIRE, timedelta(days=_ERRAND_DAYS))
