"""How often strangers may ask what words mean: each network by itself, counted for all instances together."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from fastapi import Request

from chassis.callers import networks
from chassis.limiting import Limiter
from chassis.principals import Principal
from chassis.service import Worker
from routing.settings import Settings


class Pace(NamedTuple):
    """Calls that may come at once, and how many more an hour."""

    at_once: int
    an_hour: int


ASKING: Final = Pace(60, 3600)
"""A form that suggests as one types asks about once a second."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before the door that anybody may ask without an account; staff are not limited."""

    limiter: Limiter

    @property
    def workers(self) -> tuple[Worker, ...]:
        """List what runs beside the doors: the settling with other instances."""
        return (Worker("limits", self.limiter.run),)

    def check(self, request: Request, caller: Principal) -> None:
        """Count a call on its network. Raises a 429 problem."""
        network = self.limiter.network_of(request)
        if caller.role == "public" and network:
            self.limiter.pour("address", network, ASKING)


def open_gate(settings: Settings) -> Gate:
    """Set up the gate."""
    trusted, own = networks(settings.trusted_proxies), networks(settings.own_networks)
    return Gate(Limiter(settings.link_key.get_secret_value(), trusted, own))
