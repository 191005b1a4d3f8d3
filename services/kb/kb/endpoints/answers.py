"""Answers: what chat, telephone, texts, Open311 and agents ask."""

from typing import Annotated

from fastapi import APIRouter, Query

from chassis.http import Caller, Doors
from kb.endpoints.shaping import sees_internal
from kb.handlers.answering import Inquiry, answer
from kb.handlers.reading_room import ReadingRoom
from kb.schemas import Tongue
from kb.schemas.answers import Answer, Asked


def routes(doors: Doors, room: ReadingRoom) -> APIRouter:
    """Open the doors for questions."""
    router = APIRouter(tags=["answers"])

    @router.post("/answers")
    async def answer_question(body: Asked, caller: Caller) -> Answer:
        """Answer a question from an article, cited by id and version, with what to do next; or say that none does."""
        asked = Inquiry(body.question, body.language, body.place, sees_internal(caller), body.note_unknown)
        return Answer(**await answer(doors, room, asked, doors.database.clock()))

    @router.get("/answers")
    async def answer_short_question(
        q: Annotated[str, Query(min_length=1, max_length=400)], caller: Caller, language: Tongue | None = None
    ) -> Answer:
        """Answer a short question; one that should not stand in an address line is posted."""
        asked = Inquiry(q, language, {}, sees_internal(caller))
        return Answer(**await answer(doors, room, asked, doors.database.clock()))

    return router
