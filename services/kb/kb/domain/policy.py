"""Who may read what the city knows, and who may write it."""

from collections.abc import Mapping
from typing import Final

from chassis.principals import Policy, Principal, Rule, anyone, role

STAFF: Final = (role("agent"), role("agency"), role("supervisor"), role("operator"))
LEADS: Final = (role("supervisor"), role("operator"))


def named(*lists: str) -> Rule:
    """Permit city staff whom an article names in one of these lists, within their own agency.

    >>> rule = named("writers")
    >>> facts = {"agency": "parks", "writers": ("ann",)}
    >>> rule(Principal("agency", "ann", agency="parks"), facts), rule(Principal("agency", "bob", agency="parks"), facts)
    (True, False)
    >>> rule(Principal("agency", "ann", agency="police"), facts), rule(Principal("contact", "ann"), facts)
    (False, False)
    """

    def permits(principal: Principal, facts: Mapping[str, object]) -> bool:
        if principal.role not in {"agency", "agent"} or (principal.agency or facts["agency"]) != facts["agency"]:
            return False
        return any(principal.subject in _names(facts.get(one)) for one in lists)

    return permits


def _names(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (str(value),) if value else ()


POLICY: Final[Policy] = {
    "articles.read": (anyone,),
    "articles.read_internal": STAFF,
    "articles.rate": (anyone,),
    "drafts.read": STAFF,
    "drafts.begin": (role("agency", own="agency"), *LEADS),
    "drafts.write": (named("writers", "editors", "owner", "writer"), *LEADS),
    "drafts.publish": (named("editors"), *LEADS),
    "articles.retire": (named("editors", "owner"), *LEADS),
    "articles.hand_over": (named("owner"), *LEADS),
    "articles.surge": LEADS,
    "flags.raise": STAFF,
    "flags.settle": (role("agency", own="agency"), *LEADS),
    "tasks.read": STAFF,
    "tasks.settle": (role("agency", own="agency"), *LEADS),
    "articles.import": (role("agency", own="agency"), *LEADS),
    "articles.import_published": LEADS,
    "usage.read": (*STAFF, role("analyst")),
    "surge_staff.name": LEADS,
}
