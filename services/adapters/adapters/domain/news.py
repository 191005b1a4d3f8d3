"""What an agency's system says about one of its records, and how it is written down until it can be understood."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """What their system says about a work order beside its status: its type, and the numbers of the records under it.

    The records are all there are: one that it names no longer is not worked on by it.
    """

    type: str
    records: tuple[str, ...]
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class News:
    """What the agency's system says about one of its records. `news_id` is equal for the same news told again.

    `photos` are pictures by the system's own names; `claims` those of them that the city keeps by now.
    Either `reference` (ours) or `number` (theirs) names the record; `order_number` the work order that works on it.
    With `order`, the news is about that order itself: `status` is its whole status line, `scheduled_for` its start.
    """

    news_id: str
    status: str
    at: datetime
    reference: str | None = None
    number: str | None = None
    order_number: str | None = None
    reason: str | None = None
    text: str | None = None
    scheduled_for: datetime | None = None
    refer_to: str | None = None
    photos: tuple[str, ...] = ()
    version: str | None = None
    duplicate_of: str | None = None
    claims: tuple[str, ...] = ()
    order: OrderFacts | None = None


def body_of(news: News) -> dict[str, Any]:
    """Write news down, to be read again when it can be understood.

    >>> from datetime import UTC
    >>> news = News("n-1", "DONE", datetime(2026, 3, 2, tzinfo=UTC), number="W-7", photos=("http://p",))
    >>> news_of(body_of(news)) == news
    True
    """
    return _NEWS.dump_python(news, mode="json")  # type: ignore[no-any-return]


def news_of(body: Mapping[str, Any]) -> News:
    """Read what was written down."""
    return _NEWS.validate_python(dict(body))


_NEWS: Final = TypeAdapter(News)
