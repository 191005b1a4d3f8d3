"""Who may read what residents answered; answering itself needs the invitation's link and nothing else."""

from typing import Final

from chassis.principals import Policy, role

STAFF: Final = (role("agent"), role("supervisor"))

POLICY: Final[Policy] = {
    "results.read": (*STAFF, role("operator"), role("analyst"), role("agency", own="agency")),
    "comment.read": STAFF,
}
