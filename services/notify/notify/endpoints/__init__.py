"""The doors of notify: what staff read, where people end messages, and where what could not be delivered comes in."""

from fastapi import APIRouter

from chassis.http import Doors
from contracts.city import City
from notify.domain.intents import Telling
from notify.domain.letters import Writer
from notify.endpoints import campaigns, deliveries, leaving, printing, returns, undelivered
from notify.endpoints.returns import listeners
from notify.handlers.redriving import Redriver
from notify.settings import Settings


def routes(doors: Doors, writer: Writer, city: City, settings: Settings) -> APIRouter:
    """Make the routes of notify."""
    router = APIRouter(tags=["notify"])
    redriver = Redriver(Telling(writer.clock, settings.in_service), writer.offices)
    for made in (
        deliveries.routes(doors, writer),
        leaving.routes(doors, city, settings.link_key.get_secret_value()),
        returns.routes(doors, settings),
        printing.routes(doors, settings.letter_font),
        undelivered.routes(doors, redriver),
        campaigns.routes(doors, city),
    ):
        router.include_router(made)
    return router


__all__ = ["listeners", "routes"]
