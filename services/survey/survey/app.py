"""Puts survey together."""

from chassis.command_line import main
from chassis.gate import open_gate
from chassis.service import Service
from contracts.city import load_city
from survey import store
from survey.endpoints import routes
from survey.settings import Settings
from survey.subscribers import rebuild, subscriptions, timers


def build(settings: Settings) -> Service:
    """Make the service for one city."""
    city = load_city(settings.city)
    gate, key = open_gate(settings, city.people.limits.address), settings.link_key.get_secret_value()
    return Service(name="survey", says="asks on closure, and hears what was not done", settings=settings,
                   metadata=store.METADATA, agencies=[agency.slug for agency in city.working_agencies],
                   subscriptions=subscriptions(city), timers=timers(city), workers=gate.workers,
                   routes=lambda doors: routes(doors, city, gate, key), rebuild=rebuild(city))  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
