"""Who may read what residents answered; answering itself needs the invitation's link and nothing else."""

from typing import Final

from chassis.principals import Policy, anyone, role

STAFF: Final = (role("agent"), role("supervisor"))

POLICY: Final[Policy] = {
    "results.read": (*STAFF, role("operator"), role("analyst"), role("agency", own="agency")),
    "survey.answer_for": STAFF,
    "comment.read": STAFF,
    "comment.read_public": (*STAFF, role("agency", own="agency")),
    "follow_up.read": (*STAFF, role("operator"), role("agency", own="agency")),
    "follow_up.change": (*STAFF, role("agency", own="agency")),
    "feedback.give": (anyone,),
    "feedback.read": (*STAFF, role("operator"), role("analyst"), role("agency", own="agency")),
    "feedback.answer": (*STAFF, role("agency", own="agency")),
    "assessment.write": (role("supervisor"), role("agency", own="agency")),
}
