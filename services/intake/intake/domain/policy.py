"""Who may do what with a request; what is not listed is denied."""

from typing import Final

from chassis.principals import Policy, anyone, role

_STAFF: Final = (role("agent"), role("supervisor"))
_REQUESTER: Final = (role("contact", own="request_id"), *_STAFF)

POLICY: Final[Policy] = {
    "request.create": (anyone,),
    "request.create_bulk": (*_STAFF, role("agency"), role("operator"), role("system")),
    "request.import": (role("system"),),
    "request.read": (anyone,),
    "request.read_details": (role("agency", own="agency"),),
    "request.message": _REQUESTER,
    "request.cancel": (*_REQUESTER, role("system")),
    "request.dispute": _REQUESTER,
    "dispute.read": (role("supervisor"), role("agent"), role("operator")),
    "dispute.decide": (role("supervisor"),),
}
"""Action -> who. `own` compares with the fact of that name: the link's request, the agency of a running assignment."""
