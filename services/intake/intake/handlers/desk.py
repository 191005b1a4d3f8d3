"""What every handler of the front desk is given: the city, and how links are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chassis.links import sign, verify
from contracts.city import City

PURPOSE = "manage"


@dataclass(frozen=True, slots=True)
class Desk:
    """One city's front desk. `link_key` signs links; `web_base_url` is where residents follow a request."""

    city: City
    link_key: str
    web_base_url: str

    def status_url(self, tracking_number: str) -> str:
        """Where everybody may follow a request."""
        return f"{self.web_base_url}/requests/{tracking_number}"

    def manage_link(self, request_id: object, tracking_number: str, contact_ref: str) -> str:
        """Where this contact alone may write, cancel or dispute."""
        token = sign(self.link_key, PURPOSE, f"{request_id}:{contact_ref}")
        return f"{self.status_url(tracking_number)}?contact={contact_ref}&token={token}"

    def knows(self, request_id: object, contact_ref: str, token: str) -> bool:
        """Tell whether a link's token was made for this contact and request."""
        return verify(self.link_key, PURPOSE, f"{request_id}:{contact_ref}", token)


def wrapped(texts: Sequence[str]) -> str:
    """Write a list of codes or ids into one text column."""
    return " ".join(texts)


Facts = dict[str, Any]
