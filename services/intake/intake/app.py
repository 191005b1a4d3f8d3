"""The intake service, put together."""

from chassis.command_line import main
from chassis.service import Service
from contracts.city import load_city
from intake import store
from intake.endpoints import routes
from intake.handlers import Desk
from intake.settings import Settings
from intake.subscribers import rebuild, subscriptions, timers


def build(settings: Settings) -> Service:
    """Put the service together for one city."""
    city = load_city(settings.city)
    desk = Desk(city, settings.link_key.get_secret_value(), settings.web_base_url)
    agencies = tuple(agency.slug for agency in city.working_agencies)
    return Service(name="intake", settings=settings, metadata=store.METADATA, agencies=agencies,
                   subscriptions=subscriptions(desk), timers=timers(), rebuild=rebuild(),
                   routes=lambda doors: routes(doors, desk),
                   says="Takes service requests from every channel and carries them through their life.")  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
