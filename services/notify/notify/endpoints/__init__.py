"""The doors of notify: what staff read, where people end messages, and where what could not be delivered comes in."""

from fastapi import APIRouter

from chassis.http import Doors
from contracts.city import City
from notify.domain.intents import Telling
from notify.domain.letters import Writer
from notify.endpoints import deliveries, leaving, printing, returns, undelivered
from notify.endpoints.returns import listeners
from notify.handlers.redriving import Redriver
from notify.settings import Settings


def routes(doors: Doors, writer: Writer, city: City, settings: Settings) -> APIRouter:
    """Make the routes of notify."""
    router = APIRouter(tags=["notify"])
    router.include_router(deliveries.routes(doors, writer))
    router.include_router(leaving.routes(doors, city, settings.link_key.get_secret_value()))
    router.include_router(returns.routes(doors, settings))
    router.include_router(printing.routes(doors, settings.letter_font))
    telling = Telling(writer.clock, settings.in_service)
    router.include_router(undelivered.routes(doors, Redriver(telling, writer.offices)))
    return router


__all__ = ["listeners", "routes"]
