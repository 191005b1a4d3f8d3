"""The pictures of crews: kept by the city before the news that shows them is told, so that the resident sees them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters import store
from adapters.domain.news import News
from adapters.domain.pictures import NotNow, may_wait
from adapters.gateways import Brought, Reading
from adapters.handlers.desk import Desk
from adapters.handlers.exceptions import exception_row
from chassis.errors import FieldError, Problem, invalid
from chassis.http import Doors
from chassis.transaction import Transaction


async def with_pictures(desk: Desk, agency: str, news: News) -> News:
    """Keep the pictures of a system that calls. Raises a problem that names the picture, or asks to call again."""
    if not news.photos or agency not in desk.agencies:
        return news
    try:
        brought = await desk.pictures.bring(agency, news)
    except NotNow as why:
        again = f"A picture could not be had: {why}. Nothing was kept; send the same update again."
        raise Problem(503, "Not available just now", again) from why
    if brought.missed:
        raise invalid([FieldError(field="photos", problem=f"{name}: {why}") for name, why in brought.missed])
    return brought.news


async def bring_all(doors: Doors, desk: Desk, agency: str, reading: Reading) -> tuple[Reading, Sequence[Brought]]:
    """Keep the pictures of what was read and is new. Raises NotNow while the news may still wait for one."""
    pictured = [news.news_id for news in reading.news if news.photos]
    if not pictured:
        return reading, ()
    async with doors.reads() as reads:
        known = await store.known_news(reads, agency, pictured)
    new = [news for news in reading.news if news.photos and news.news_id not in known]
    brought = {news.news_id: await _patiently(doors, desk, agency, news) for news in new}
    told = [brought[news.news_id].news if news.news_id in brought else news for news in reading.news]
    return replace(reading, news=told), list(brought.values())


async def _patiently(doors: Doors, desk: Desk, agency: str, news: News) -> Brought:
    try:
        return await desk.pictures.bring(agency, news)
    except NotNow as why:
        if may_wait(news.at, doors.database.clock()):
            raise
        return Brought(news, [(name, f"It could not be had: {why}.") for name in news.photos])


def missed_rows(tx: Transaction, agency: str, brought: Sequence[Brought]) -> list[dict[str, Any]]:
    """Put the pictures that could not be had where people see them."""
    return [
        exception_row(tx, agency, "in", "photo", name, why, f"photo {one.news.news_id}", reference=one.news.reference)
        for one in brought
        for name, why in one.missed
    ]
