"""What stands before a door that strangers may use: each network by itself, counted for all instances together."""

from dataclasses import dataclass

from fastapi import Request

from chassis.callers import networks
from chassis.limiting import Limit, Limiter
from chassis.principals import Principal
from chassis.service import Worker
from chassis.settings import LimitedSettings


@dataclass(frozen=True, slots=True)
class Gate:
    """Who calls too much is told so, and when to go on; staff and the city's own machines are not limited."""

    limiter: Limiter
    limit: Limit

    @property
    def workers(self) -> tuple[Worker, ...]:
        """List what runs beside the doors: the settling with other instances."""
        return (Worker("limits", self.limiter.run),)

    def check(self, request: Request, caller: Principal) -> None:
        """Count a call on its network. Raises a 429 problem."""
        network = self.limiter.network_of(request)
        if caller.role == "public" and network:
            self.limiter.pour("address", network, self.limit)


def open_gate(settings: LimitedSettings, limit: Limit) -> Gate:
    """Set up the gate with how much a network may ask."""
    return Gate(open_limiter(settings), limit)


def open_limiter(settings: LimitedSettings) -> Limiter:
    """Set up the buckets of a service that has limits of several kinds."""
    trusted, own = networks(settings.trusted_proxies), networks(settings.own_networks)
    return Limiter(settings.link_key.get_secret_value(), trusted, own)
