"""Reading what other systems write: times, and a line of a list as news."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.domain.news import News
from adapters.gateways.system import Unreadable
from chassis.ids import derived_id


def moment(text: str) -> datetime:
    """Read a moment; one without an offset is UTC.

    >>> moment("2026-03-02T09:00:00").isoformat(), moment("2026-03-02T09:00:00-08:00").isoformat()
    ('2026-03-02T09:00:00+00:00', '2026-03-02T17:00:00+00:00')
    """
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def news_id_of(number: str | None, status: str, at: datetime, text: str | None = None) -> str:
    """Name a piece of news by what it says, so that the same, read twice, is one.

    >>> news_id_of("7", "DONE", datetime(2026, 3, 2)) == news_id_of("7", "DONE", datetime(2026, 3, 2), "")
    True
    """
    return derived_id("news", number, status, at.isoformat(), text or "")


def news_from(line: Mapping[str, Any]) -> News:
    """Read a line of a list as news. Raises Unreadable naming the field that is missing or wrong.

    >>> news_from({"reference": "T-1", "number": "7", "status": "DONE", "changed_at": "2026-03-02T09:00:00Z"}).number
    '7'
    """
    try:
        at, status = moment(str(line["changed_at"])), str(line["status"])
    except KeyError as error:
        raise Unreadable(f"a line of the list has no {error.args[0]!r}") from error
    except ValueError as error:
        raise Unreadable(f"a line of the list has a time that cannot be read: {error}") from error
    number = str(line["number"]) if line.get("number") else None
    return News(
        news_id=news_id_of(number, status, at),
        status=status,
        at=at,
        reference=line.get("reference") or None,
        number=number,
        order_number=line.get("order_number") or None,
        reason=line.get("reason") or None,
        duplicate_of=line.get("duplicate_of") or None,
    )
