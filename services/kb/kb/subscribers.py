"""Which events are counted."""

from collections.abc import Mapping
from functools import partial

from chassis.consuming import Subscription, on
from chassis.rebuilding import Rebuild
from contracts.city import Article
from contracts.intake import ContactRecorded, RequestCreated
from contracts.kb import ArticlePublished
from kb import handlers


def subscriptions() -> tuple[Subscription, ...]:
    """List event -> handler."""
    return (on(RequestCreated, handlers.count_filed), on(ContactRecorded, handlers.count_contacts))


def rebuild(articles: Mapping[str, Article]) -> Rebuild:
    """Say how the state is made again from the log: counts, and which versions were published."""
    restored = on(ArticlePublished, partial(handlers.restore_articles, articles=articles))
    return Rebuild(tables=handlers.TABLES, restores=(*subscriptions(), restored))
