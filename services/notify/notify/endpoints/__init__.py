"""The doors of notify: what staff read, and where people end messages."""

from fastapi import APIRouter

from chassis.http import Doors
from contracts.city import City
from notify.domain.letters import Writer
from notify.endpoints import deliveries, leaving
from notify.settings import Settings


def routes(doors: Doors, writer: Writer, city: City, settings: Settings) -> APIRouter:
    """Make the routes of notify."""
    router = APIRouter(tags=["notify"])
    router.include_router(deliveries.routes(doors, writer))
    router.include_router(leaving.routes(doors, city, settings.link_key.get_secret_value()))
    return router


__all__ = ["routes"]
