"""The notify service: tells people."""

from chassis.command_line import main
from chassis.service import Service
from contracts.city import load_city
from notify import endpoints, store, subscribers
from notify.settings import Settings


def build(settings: Settings) -> Service:
    """Compose the service."""
    city = load_city(settings.city)
    writer, teller = subscribers.writer(settings, city), subscribers.teller(settings, city)
    bell = subscribers.Bell()
    return Service(
        name="notify", settings=settings, metadata=store.METADATA, says="Tells people.",
        agencies=tuple(agency.slug for agency in city.working_agencies), rebuild=subscribers.rebuild(teller),
        subscriptions=subscribers.subscriptions(bell, teller), retains=store.RETAINS, timers=subscribers.timers(teller),
        workers=(*subscribers.workers(settings, writer, bell), *endpoints.listeners(settings)),
        routes=lambda doors: endpoints.routes(doors, writer, city, settings), session=store.BY_KEY,
    )  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
