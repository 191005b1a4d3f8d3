"""Who says too much is told so, and when to go on; staff and the city's own machines are not limited."""

from dataclasses import dataclass

from fastapi import Request

from chassis.callers import networks
from chassis.limiting import Limiter
from chassis.principals import Principal
from chassis.service import Worker
from contracts.city import City
from contracts.city.people import Limits
from survey.settings import Settings


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before the door that anybody may use without a link."""

    limiter: Limiter
    limits: Limits

    @property
    def workers(self) -> tuple[Worker, ...]:
        """List what runs beside the doors: the settling with other processes."""
        return (Worker("limits", self.limiter.run),)

    def check(self, request: Request, caller: Principal) -> None:
        """Count a call on its network. Raises a 429 problem."""
        network = self.limiter.network_of(request)
        if caller.role == "public" and network:
            self.limiter.pour("address", network, self.limits.address)


def open_gate(city: City, settings: Settings) -> Gate:
    """Set up the gate with the city's limits."""
    trusted, own = networks(settings.trusted_proxies), networks(settings.own_networks)
    return Gate(Limiter(settings.link_key.get_secret_value(), trusted, own), city.people.limits)
