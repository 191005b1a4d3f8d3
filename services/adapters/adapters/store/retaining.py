"""What grows with every request and is of no use once it is old: errands that were run, and news that were heard."""

from typing import Final

from chassis.retaining import Retention

RETAINS: Final = (
    Retention("delivery", "sent_at", 366, 92, "how an errand went is asked for while its request is disputed",
              only=("state", "sent")),
    Retention("heard", "heard_at", 366, 92, "a system may tell the same again, and is then known to repeat itself",
              only=("state", "applied")),
    Retention("heard", "heard_at", 366, 92, "what said nothing new is known for it as long", only=("state", "nothing")),
)  # fmt: skip
"""Handovers stay: a comparison finds by them what an agency's system has; what comes late is known as late."""
