"""The intake service, put together."""

from chassis.command_line import main
from chassis.service import Service
from contracts.city import load_city
from intake import store
from intake.endpoints import listeners, routes
from intake.handlers import Desk
from intake.settings import Settings
from intake.store.retaining import RETAINS
from intake.subscribers import rebuild, subscriptions, timers, workers


def build(settings: Settings) -> Service:
    """Put the service together for one city."""
    desk = Desk.open(load_city(settings.city), settings)
    return Service(name="intake", settings=settings, metadata=store.METADATA, retains=RETAINS, rebuild=rebuild(),
                   agencies=tuple(agency.slug for agency in desk.city.working_agencies),
                   subscriptions=subscriptions(desk), timers=timers(desk), routes=lambda doors: routes(doors, desk),
                   workers=workers(desk, settings) + listeners(desk, settings),
                   says="Takes service requests from every channel and carries them through their life.")  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
