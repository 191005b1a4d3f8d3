"""Feedback that nobody asked for: given by anybody, followed by its link, read and answered by whose matter it is."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.gate import Gate
from chassis.http import Caller, Doors, IdempotencyKey, json_response, wants_page
from chassis.links import verify
from chassis.principals import allow
from contracts.city import City
from contracts.survey import FeedbackKind
from survey import store
from survey.domain.feedback import Told
from survey.domain.policy import POLICY
from survey.endpoints.feedback_pages import FeedbackPages
from survey.endpoints.pages import Language
from survey.handlers import feedback
from survey.handlers.feedback import PURPOSE, Answered, shown
from survey.schemas import FeedbackBody, FeedbackTaken, ReplyBody, ShownFeedback


def routes(doors: Doors, city: City, gate: Gate, link_key: str) -> APIRouter:
    """Make the routes of feedback."""
    router = APIRouter()
    give = doors.command("POST /feedback", partial(feedback.take_feedback, city=city, link_key=link_key))
    answer = doors.command("POST /feedback/reply", feedback.answer_feedback)
    pages = FeedbackPages(city, give)

    @router.post("/feedback", status_code=201, responses={201: {"model": FeedbackTaken}})
    async def give_feedback(
        request: Request, body: FeedbackBody, caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Say what you think, thank a crew or complain; the answer holds the link to what becomes of it."""
        allow(POLICY, caller, "feedback.give")
        gate.check(request, caller)
        return await give(Told(**body.model_dump()), caller, key)

    @router.get("/feedback/form", response_model=None)
    async def show_form(request: Request, lang: Language = None) -> Response:
        """Show the page for it, in English or Spanish; what a link told (`invitation_id`, `token`…) stays with it."""
        return pages.form(request.query_params, lang)

    @router.post("/feedback/form", response_model=None, status_code=201)
    async def take_form(request: Request, caller: Caller, lang: Language = None) -> Response:
        """Take what was written on the page; what needs another look comes back, nothing to be typed twice."""
        return await pages.take(request, caller, lang, partial(gate.check, request, caller))

    @router.get("/feedback", responses={200: {"model": list[ShownFeedback]}})
    async def list_feedback(
        caller: Caller,
        agency: str | None = None,
        crew: str | None = None,
        kind: FeedbackKind | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """List feedback with the public copy of its words: praise by crew, complaints, opinions."""
        allow(POLICY, caller, "feedback.read", agency=agency)
        async with doors.reads() as reads:
            rows = await store.feedback(reads, agency, crew, kind, limit)
        return json_response([shown(row) for row in rows])

    @router.get("/feedback/{feedback_id}")
    async def follow_feedback(
        request: Request, feedback_id: UUID, caller: Caller, token: str = "", lang: Language = None
    ) -> Response:
        """Show what becomes of it to whoever has its link; staff read its own words, which is noted."""
        if not verify(link_key, PURPOSE, str(feedback_id), token):
            async with doors.transaction() as tx:
                return json_response(dict(await feedback.read_feedback(tx, feedback_id, caller)))
        async with doors.reads() as reads:
            row = await feedback.show_its_author(reads, feedback_id)
        return pages.outcome(row["reply"], lang) if wants_page(request) else json_response(row)

    @router.post("/feedback/{feedback_id}/reply")
    async def reply_to_feedback(
        feedback_id: UUID, body: ReplyBody, caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Answer it; whoever has its link reads the answer."""
        return await answer(Answered(feedback_id, body.text), caller, key)

    return router
