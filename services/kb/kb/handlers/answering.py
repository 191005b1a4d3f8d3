"""Answering a question from an article, or saying honestly that nobody knows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chassis.http import Doors
from kb.domain.answers import Evidence, Next, confidence, is_answer, next_step
from kb.domain.counts import Measure
from kb.domain.search import Found
from kb.handlers import finding, missing
from kb.handlers.finding import Filters
from kb.handlers.reading_room import ReadingRoom


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked, in which language where that is known, about which place, and by whom."""

    question: str
    language: str | None = None
    place: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False
    note_unknown: bool = True


async def answer(doors: Doors, room: ReadingRoom, asked: Inquiry, now: datetime) -> dict[str, Any]:
    """Give the best article with its next step; without one, open a task for editors."""
    filters = Filters(now, asked.internal, place=asked.place)
    language, found = finding.find_anywhere(room.library, asked.question, asked.language, filters, 2)
    evidence = _evidence(found)
    sure = bool(found.hits) and is_answer(evidence)
    card = room.library.cards.get(found.hits[0].key) if sure else None
    spoken = asked.language if asked.language in room.city.profile.languages else language
    if card is None:
        return _unknown(room, asked, spoken or language, confidence(evidence), now)
    passage = await finding.passage(room.library, doors.reads(), found.hits[0], asked.question, language)
    content = await room.library.content(doors.reads(), found.hits[0])
    room.ledger.note(Measure.SEARCHED, language, now.date())
    hit = finding.hit_body(card, found.hits[0].score, language)
    step = next_step(asked.question, content, room.city, room.local(now))
    return {
        "known": True,
        "language": language,
        "confidence": confidence(evidence),
        "article": {name: hit[name] for name in ("id", "version", "title", "summary", "section", "services")}
        | {"passage": passage},
        "next": _shown(step, language),
    }


def _unknown(room: ReadingRoom, asked: Inquiry, language: str, sure: float, now: datetime) -> dict[str, Any]:
    task = None
    room.ledger.note(Measure.SEARCHED, language, now.date())
    if asked.note_unknown:
        task = missing.note_unanswered(room, asked.question, language, now.date())
    step = next_step(asked.question, None, room.city, room.local(now))
    return {"known": False, "language": language, "confidence": sure, "next": _shown(step, language), "task": task}


def _evidence(found: Found) -> Evidence:
    if not found.hits:
        return Evidence(0.0, 0.0, found.known)
    best, *others = found.hits
    return Evidence(best.words, best.covered, found.known, others[0].words if others else 0.0)


def _shown(step: Next, language: str) -> dict[str, Any]:
    name = finding.said(step.name, language) if step.name else None
    return step._asdict() | {"name": name}
