"""The doors of adapters: for agencies' systems, for those who decide, and for those who look."""

from fastapi import APIRouter

from adapters.endpoints import agencies, exceptions, operations
from adapters.handlers import Bells, Desk
from chassis.http import Doors


def routes(doors: Doors, desk: Desk, bells: Bells) -> APIRouter:
    """Make the routes of adapters."""
    router = APIRouter(tags=["adapters"])
    router.include_router(agencies.routes(doors, desk))
    router.include_router(exceptions.routes(doors, desk, bells.errands))
    router.include_router(operations.routes(doors, desk, bells.comparisons))
    return router


__all__ = ["routes"]
