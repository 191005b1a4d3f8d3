"""Who sends too much is told so, and when to go on; staff, agencies and the city's own machines are not limited."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from chassis.limiting import Limiter
from contracts.city.people import Limits
from contracts.frontends import Reporter
from intake.domain.limits import buckets_of
from intake.domain.people.accounts import address_of
from intake.handlers import Desk

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Guard:
    """What stands before the doors that anybody may use."""

    limiter: Limiter
    limits: Limits

    def check(self, request: Request) -> None:
        """Count a call on its network and its device. Raises a 429 problem."""
        headers = request.headers
        if request.method in _READS or "authorization" in headers:
            return
        for kind, subject in buckets_of(self.limiter.network_of(request), request.url.path, headers.get("x-device-id")):
            self.limiter.pour(kind, subject, getattr(self.limits, kind))

    def check_reporter(self, reporter: Reporter | None, role: str) -> None:
        """Count a report on the address it gives. Raises a 429 problem."""
        if role == "public" and reporter is not None and (reporter.email or reporter.phone):
            address = address_of(reporter.email, reporter.phone)
            self.limiter.pour("contact", address.text, self.limits.contact)


def guard_of(desk: Desk) -> Guard:
    """Put the guard together."""
    return Guard(desk.limiter, desk.city.people.limits)


def limited(guard: Guard) -> Callable[[Request], Awaitable[None]]:
    """Make the dependency of a router whose doors are limited."""

    async def check(request: Request) -> None:
        guard.check(request)

    return check
