"""The notify service: tells people."""

from chassis.command_line import main
from chassis.service import Service
from contracts.city import load_city
from notify import endpoints, store, subscribers
from notify.domain.letters import Addresses, Writer
from notify.settings import Settings


def build(settings: Settings) -> Service:
    """Compose the service."""
    city = load_city(settings.city)
    addresses = Addresses(settings.web_base_url, settings.survey_base_url, settings.link_key.get_secret_value())
    writer = Writer(city, addresses)
    return Service(
        name="notify", settings=settings, metadata=store.METADATA, says="Tells people.",
        agencies=tuple(agency.slug for agency in city.working_agencies),
        subscriptions=subscribers.subscriptions(), workers=subscribers.workers(settings, writer),
        routes=lambda doors: endpoints.routes(doors, writer),
    )  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
