"""Which events are counted and followed, what is due, and what runs beside."""

from functools import partial

from chassis.consuming import Subscription, on
from chassis.rebuilding import Rebuild
from chassis.service import Worker
from chassis.timers import Timer, due
from contracts.intake import ContactErased, ContactRecorded, RequestCreated
from contracts.kb import ArticlePublished
from contracts.sla import ForecastPublished
from kb.handlers import counting, missing, publishing, restoring
from kb.handlers.reading_room import ReadingRoom


def subscriptions(room: ReadingRoom) -> tuple[Subscription, ...]:
    """List event -> handler."""
    return (
        on(ContactRecorded, counting.count_contacts),
        on(RequestCreated, partial(counting.count_filed, city=room.city)),
        on(ForecastPublished, counting.follow_forecasts),
        on(ContactErased, counting.forget_people),
    )


def timers(room: ReadingRoom) -> tuple[Timer, ...]:
    """List due work and handler."""
    return (
        due(publishing.STALE, publishing.mark_stale),
        due(publishing.EXPIRE, partial(publishing.expire, city=room.city)),
        due(counting.FORGET, counting.forget),
    )


def workers(room: ReadingRoom) -> tuple[Worker, ...]:
    """List what runs beside the log: each process follows what is published, and writes down what it counted."""
    return (Worker("library", room.library.run), Worker("counts", partial(missing.run, room=room)))


def rebuild(room: ReadingRoom) -> Rebuild:
    """Say how the state is made again from the log: counts, forecasts, and which versions were published."""
    restored = on(ArticlePublished, partial(restoring.restore_articles, articles=room.folder))
    return Rebuild(tables=restoring.TABLES, restores=(*subscriptions(room), restored))
