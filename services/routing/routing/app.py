"""The routing service, put together."""

from chassis.command_line import main
from chassis.gate import open_gate
from chassis.service import Service
from contracts.city import load_city
from routing import store
from routing.domain.rulebook import Rulebook
from routing.endpoints import ASKING, routes
from routing.handlers import Addresses, Office, Reader
from routing.settings import Settings
from routing.subscribers import rebuild, subscriptions, workers


def build(settings: Settings) -> Service:
    """Put the service together for one city."""
    city, told = load_city(settings.city), Addresses(settings.intake_base_url, settings.survey_base_url)
    office, gate = Office(Rulebook.of(city), told, Reader.open(city, settings)), open_gate(settings, ASKING)
    return Service(name="routing", settings=settings, metadata=store.METADATA, rebuild=rebuild(office),
                   agencies=[agency.slug for agency in city.working_agencies], subscriptions=subscriptions(office),
                   workers=workers(office, gate), routes=lambda doors: routes(doors, city, office, gate))  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
