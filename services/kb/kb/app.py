"""The kb service: knows what the city knows, and finds it."""

from functools import partial

from chassis.command_line import main
from chassis.service import Service
from kb import endpoints, store, subscribers
from kb.handlers import opening
from kb.settings import Settings


def build(settings: Settings) -> Service:
    """Compose the service."""
    room = opening.reading_room(settings.city, settings.link_key.get_secret_value(), by_meaning=settings.by_meaning)
    return Service(
        name="kb", settings=settings, metadata=store.METADATA, says="Knows what the city knows, and finds it.",
        agencies=tuple(agency.slug for agency in room.city.working_agencies), rebuild=subscribers.rebuild(room),
        subscriptions=subscribers.subscriptions(room), timers=subscribers.timers(room),
        workers=subscribers.workers(room), on_start=partial(opening.open_room, room=room),
        routes=lambda doors: endpoints.routes(doors, room),
    )  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
