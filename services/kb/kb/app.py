"""The kb service: knows what the city knows, and finds it."""

from functools import partial

from chassis.command_line import main
from chassis.service import Service
from contracts.city import load_articles, load_city
from kb import endpoints, handlers, store, subscribers
from kb.settings import Settings


def build(settings: Settings) -> Service:
    """Compose the service."""
    city, articles = load_city(settings.city), load_articles(settings.city)
    return Service(
        name="kb", settings=settings, metadata=store.METADATA, says="Knows what the city knows, and finds it.",
        agencies=tuple(agency.slug for agency in city.working_agencies),
        subscriptions=subscribers.subscriptions(), rebuild=subscribers.rebuild(articles),
        routes=lambda doors: endpoints.routes(doors, city, articles),
        on_start=partial(handlers.publish_articles, city=city, articles=articles),
    )  # fmt: skip


if __name__ == "__main__":
    main(build, Settings)
