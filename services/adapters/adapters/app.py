"""Puts adapters together."""

from functools import partial

from adapters import endpoints, store
from adapters.handlers import Bells, open_desk, set_clocks
from adapters.settings import Settings
from adapters.subscribers import rebuild, subscriptions, timers, workers
from chassis.command_line import main
from chassis.service import Service


def build(settings: Settings) -> Service:
    """Make the service for one city."""
    desk, bells = open_desk(settings), Bells()
    return Service(name="adapters", says="Stands in for agencies without Kafka.", settings=settings, agencies=desk.all,
                   metadata=store.METADATA, adapted=desk.agencies, subscriptions=subscriptions(desk, bells),
                   timers=timers(desk, bells), workers=workers(desk, settings, bells), rebuild=rebuild(desk),
                   routes=partial(endpoints.routes, desk=desk, bells=bells), on_start=partial(set_clocks, desk=desk),
                   retains=store.RETAINS)  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
