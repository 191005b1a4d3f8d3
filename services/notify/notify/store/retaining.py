"""What grows with every message and is of no use once it is old: what came back, and what the print room has taken."""

from typing import Final

from chassis.retaining import Retention

RETAINS: Final = (
    Retention("returned", "at", 366, 92, "an address is judged by a month, and how a message went is asked for later"),
    Retention("undelivered", "parked_at", 366, 92, "what nobody had sent again by then is nobody's news"),
    Retention("print_batch", "taken_at", 366, 92, "letters wait three weeks; what was posted is asked for later"),
)
"""What people wish to hear no more of stays, and so do flags of addresses that came back."""
