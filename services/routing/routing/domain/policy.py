"""Who may do what in routing; whatever is not listed is denied."""

from chassis.principals import Policy, anyone, role

_STAFF = (role("agent"), role("supervisor"), role("operator"), role("system"))
_HEADS = (role("supervisor"), role("operator"))

POLICY: Policy = {
    "assignment.read": (*_STAFF, role("analyst"), role("agency", own="agency")),
    "triage.read": _STAFF,
    "triage.resolve": _STAFF,
    "rules.read": (anyone,),
    "rules.history": (*_STAFF, role("analyst")),
    "rules.rehearse": _HEADS,
    "rules.publish": _HEADS,
    "process.read": (anyone,),
    "onboarding.read": (*_STAFF, role("analyst")),
    "service.switch": _HEADS,
    "transfers.read": (*_STAFF, role("analyst")),
    "types.suggest": (anyone,),
    "reader.read": (*_STAFF, role("analyst")),
    "reader.use": _HEADS,
}
