"""What staff read and do: single comments, follow-ups, and what was made of the results."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from contracts.city import City
from contracts.survey import FollowUpState
from survey import store
from survey.domain.policy import POLICY
from survey.handlers import assessing, following_up, words
from survey.handlers.assessing import Assessed
from survey.handlers.following_up import Step
from survey.schemas import AssessmentBody, FollowUpStep, ShownFollowUp


def routes(doors: Doors, city: City) -> APIRouter:
    """Make the routes of staff."""
    router = APIRouter()
    step = doors.command("POST /follow-ups", partial(following_up.take_steps, city=city))
    assess = doors.command("POST /assessments", partial(assessing.assess, city=city))

    @router.get("/comments/{comment_ref}", response_model=None)
    async def show_comment(comment_ref: str, caller: Caller) -> Response:
        """Show a resident's words: their own to staff, the public copy to the agency; every reading is noted."""
        async with doors.transaction() as tx:
            return json_response(await words.read_comment(tx, comment_ref, caller))

    @router.get("/follow-ups", responses={200: {"model": list[ShownFollowUp]}})
    async def list_follow_ups(
        caller: Caller,
        agency: str | None = None,
        state: FollowUpState | None = None,
        late: bool = False,  # noqa: FBT001, FBT002 - a flag of the query
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """List what is to be looked after, due first; an agency names itself and sees its own."""
        allow(POLICY, caller, "follow_up.read", agency=agency)
        async with doors.reads() as reads:
            now = doors.database.clock()
            rows = await store.follow_ups(reads, agency, state, late=late, now=now, limit=limit)
        return json_response([dict(row) for row in rows])

    @router.post("/follow-ups/{follow_up_id}")
    async def change_follow_up(
        follow_up_id: UUID, body: FollowUpStep, caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Take it, note something, or settle it by an outcome of the city's."""
        return await step(Step(follow_up_id, body.state, body.outcome, body.note), caller, key)

    @router.post("/assessments", status_code=201)
    async def write_assessment(body: AssessmentBody, caller: Caller, key: IdempotencyKey = None) -> Response:
        """Note what the results of a time say, and what is changed because of it."""
        return await assess(Assessed(**body.model_dump()), caller, key)

    @router.get("/assessments")
    async def list_assessments(caller: Caller, agency: str | None = None) -> Response:
        """List what was made of the results."""
        allow(POLICY, caller, "results.read", agency=agency)
        async with doors.reads() as reads:
            return json_response([dict(row) for row in await store.assessments(reads, agency)])

    return router
