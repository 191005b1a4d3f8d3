"""Search, and suggestions for a text."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, json_response
from chassis.principals import Principal, allow
from kb.domain.counts import Measure
from kb.domain.policy import POLICY
from kb.endpoints.shaping import known, sees_internal
from kb.handlers import finding, missing
from kb.handlers.counting import usage_since
from kb.handlers.finding import Filters
from kb.handlers.reading_room import ReadingRoom
from kb.schemas import Hit, Question, Search, Suggested, SuggestedService, Tongue, UsageLine
from kb.store import loop


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors for searches."""
    router, library = APIRouter(tags=["search"]), room.library

    @router.get("/search", response_model=list[Hit])
    @doors.express("/search", Search, method="GET")
    async def search(asked: Annotated[Search, Query()], caller: Caller) -> Response:
        """Find articles by their words, the best answer first, with the passage that answers."""
        tongue, now = known(asked.language, room.city), doors.database.clock()
        filters = Filters(now, sees_internal(caller), asked.agency, asked.section, asked.service)
        found = finding.find(library, asked.q, tongue, filters, asked.limit).hits
        missing.note_search(room, asked.q, tongue, now.date(), found=bool(found))
        hits = [finding.hit_body(library.cards[hit.key], hit.score, tongue) for hit in found]
        if found:
            hits[0]["passage"] = await finding.passage(library, doors.reads(), found[0], asked.q, tongue)
        return json_response(hits)

    @router.get("/suggest")
    async def suggest(
        text: Annotated[str, Query(min_length=1, max_length=4000)], caller: Caller, language: Tongue = "en"
    ) -> Suggested:
        """Suggest articles and services for a short text."""
        return _suggest(room, Question(text=text, language=language), caller, doors.database.clock())

    @router.post("/suggest")
    async def suggest_for_text(body: Question, caller: Caller) -> Suggested:
        """Suggest articles and services for a text that should not stand in an address line."""
        return _suggest(room, body, caller, doors.database.clock())

    @router.get("/usage")
    async def show_usage(caller: Caller, since: date | None = None) -> list[UsageLine]:
        """Count, from a day on (30 days back unless given), what was filed, answered and searched in vain."""
        allow(POLICY, caller, "usage.read")
        await missing.flush(doors, room)
        async with doors.reads() as reads:
            rows = await loop.usage_since(reads, usage_since(since, datetime.now(UTC)))
        return [_usage(row["measure"], row["subject"], row["n"], room) for row in rows]

    return router


def _suggest(room: ReadingRoom, asked: Question, caller: Principal, now: datetime) -> Suggested:
    library, filters = room.library, Filters(now, sees_internal(caller))
    language, found = finding.suggest_for(library, asked.text, asked.language, filters)
    cards = [(library.cards[match.subject], match) for match in found.articles]
    names = [(finding.service_name(room.city, match.subject, language), match) for match in found.services]
    return Suggested(
        language=language,
        articles=[Hit(**finding.hit_body(card, match.score, language)) for card, match in cards],
        services=[SuggestedService(code=m.subject, name=name, score=m.score) for name, m in names if name],
    )


def _usage(measure: str, subject: str, count: int, room: ReadingRoom) -> UsageLine:
    filed = measure == Measure.FILED
    cards = room.library.catalog.cards if filed else ()
    articles = [card.article_id for card in cards if subject in card.services]
    return UsageLine(measure=Measure(measure).value, subject=subject, count=count, articles=articles)
