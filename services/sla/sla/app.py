"""Puts sla together."""

from functools import partial

from chassis.command_line import main
from chassis.service import Service
from contracts.city import load_city
from sla import handlers, store
from sla.domain.rules import rules_of
from sla.endpoints import routes
from sla.settings import Settings
from sla.subscribers import rebuild, subscriptions, timers


def build(settings: Settings) -> Service:
    """Make the service for one city."""
    rules = rules_of(load_city(settings.city))
    return Service(name="sla", says="promises and watches the clock", settings=settings, metadata=store.METADATA,
                   agencies=[a.slug for a in rules.city.working_agencies], subscriptions=subscriptions(rules),
                   timers=timers(rules), routes=partial(routes, rules=rules), rebuild=rebuild(rules),
                   on_start=partial(handlers.publish_forecasts, rules=rules))  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
