"""Who may read what the city knows."""

from typing import Final

from chassis.principals import Policy, anyone, role

STAFF: Final = (role("agent"), role("agency"), role("supervisor"), role("operator"))

POLICY: Final[Policy] = {
    "articles.read": (anyone,),
    "articles.read_internal": STAFF,
    "usage.read": STAFF,
}
