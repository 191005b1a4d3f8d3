"""Who may look at what notify does, and have it done."""

from typing import Final

from chassis.principals import Policy, role

POLICY: Final[Policy] = {
    "deliveries.read": (role("agent"), role("supervisor"), role("operator")),
    "deliveries.list": (role("supervisor"), role("operator")),
    "undelivered.read": (role("supervisor"), role("operator")),
    "undelivered.redrive": (role("supervisor"), role("operator")),
    "letters.print": (role("supervisor"), role("operator")),
    "campaigns.read": (role("agent"), role("supervisor"), role("operator")),
    "campaigns.change": (role("supervisor"), role("operator")),
    "campaigns.measure": (role("supervisor"), role("operator")),
    "notices.preview": (role("agent"), role("supervisor"), role("operator")),
}
