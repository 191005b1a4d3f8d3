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
    "request.amend": _REQUESTER,
    "request.appointment": _REQUESTER,
    "request.another": _REQUESTER,
    "draft.begin": (anyone,),
    "conversation.talk": (anyone,),
    "conversation.read": _STAFF,
    "draft.open": _STAFF,
    "contact.work": (*_STAFF, role("system")),
    "contact.watch": (*_STAFF, role("operator"), role("system")),
    "contact.measure": (*_STAFF, role("operator"), role("analyst")),
    "feedback.work": _STAFF,
    "request.add_photos": (*_REQUESTER, role("agency", own="agency"), role("system")),
    "photo.upload": (anyone,),
    "photo.read": (anyone,),
    "form.tell": (anyone,),
    "form.read": (*_STAFF, role("operator"), role("analyst")),
    "place.find": (anyone,),
    "place.read_unverified": (*_STAFF, role("operator")),
    "place.correct": _STAFF,
    "request.follow": (anyone,),
    "request.differ": _REQUESTER,
    "request.link": _STAFF,
    "request.read_duplicates": _REQUESTER,
    "request.cancel": (*_REQUESTER, role("system")),
    "request.dispute": _REQUESTER,
    "letter.read_held": _STAFF,
    "letter.decide": _STAFF,
    "open311.create": (role("client"),),
    "open311.update": (role("client", own="agency"),),
    "open311.keys": (role("operator"),),
    "account.sign_in": (anyone,),
    "held.judge": _STAFF,
    "person.read": _STAFF,
    "person.link": _STAFF,
    "person.erase": (role("supervisor"), role("operator")),
    "dispute.read": (role("supervisor"), role("agent"), role("operator")),
    "dispute.decide": (role("supervisor"),),
    "work.verify": _REQUESTER,
    "work.read_waiting": (*_STAFF, role("operator")),
    "desk.work": (role("agency", own="agency"),),
    "closing.rates": (anyone,),
    "closing.read": (*_STAFF, role("operator"), role("analyst"), role("agency", own="agency")),
    "closing.confirm": (role("supervisor"), role("agency", own="agency")),
}
"""Action -> who. `own` compares with the fact of that name: the link's request, the agency of a running assignment."""
