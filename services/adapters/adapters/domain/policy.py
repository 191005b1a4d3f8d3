"""Who may see what was handed over, add codes, and report for an agency."""

from typing import Final

from chassis.principals import Policy, role

_STAFF: Final = (role("agent"), role("supervisor"), role("operator"))
POLICY: Final[Policy] = {
    "handovers.read": (*_STAFF, role("agency", own="agency")),
    "update.report": (role("agency", own="agency"),),
    "register.read": (*_STAFF, role("analyst")),
    "exceptions.read": (role("supervisor"), role("operator"), role("agency", own="agency")),
    "exceptions.resolve": (role("supervisor"), role("operator")),
    "deliveries.read": (role("supervisor"), role("operator")),
    "deliveries.redrive": (role("supervisor"), role("operator")),
    "reconciliation.read": (role("supervisor"), role("operator"), role("analyst")),
    "reconciliation.run": (role("supervisor"), role("operator")),
}
