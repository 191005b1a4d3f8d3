"""What staff read and do: results, single comments, follow-ups, and what was made of it all."""

from datetime import date
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey, json_response
from chassis.principals import allow
from contracts.city import City
from contracts.survey import FollowUpState
from survey import store
from survey.domain.policy import POLICY
from survey.domain.results import by_stage, compared, shareable
from survey.handlers import feedback, following_up, words
from survey.handlers.feedback import Assessed
from survey.handlers.following_up import Step
from survey.schemas import AssessmentBody, Compared, FollowUpStep, ShownClosures, ShownFollowUp, ShownResult, StageLine

Dimension = Literal["agency", "service", "crew", "area", "channel", "month"]
Since = Annotated[date, Query(description="From this day on.")]
Until = Annotated[date, Query(description="Up to this day, without it.")]
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


def routes(doors: Doors, city: City) -> APIRouter:
    """Make the routes of staff."""
    router = APIRouter()
    step = doors.command("POST /follow-ups", partial(following_up.take_steps, city=city))
    assess = doors.command("POST /assessments", feedback.assess)
    with_work = [code.value for code, rule in city.dispositions.items() if rule.work_done]

    @router.get("/results")
    async def show_results(caller: Caller, agency: str | None = None) -> list[ShownResult]:
        """Show how residents answered, by service and agency; an agency names itself and sees its own."""
        allow(POLICY, caller, "results.read", agency=agency)
        async with doors.reads() as reads:
            return [ShownResult(**row) for row in shareable(await store.results(reads, agency))]

    @router.get("/results/by/{dimension}")
    async def compare_results(
        dimension: Dimension, caller: Caller, agency: str | None = None, since: Since = FIRST, until: Until = LAST
    ) -> Compared:
        """Show who was asked, who answered and how, held against all that was closed."""
        allow(POLICY, caller, "results.read", agency=agency)
        async with doors.reads() as reads:
            closed = await store.closed_by(reads, dimension, agency, since, until)
            answered = await store.answered_by(reads, dimension, agency, since, until)
        baseline = city.survey.passive_baseline
        passive = baseline.comments / baseline.requests if baseline else None
        return Compared(**compared(closed, answered), passive_rate=passive)

    @router.get("/results/closures/{dimension}")
    async def show_closures(
        dimension: Dimension, caller: Caller, agency: str | None = None, since: Since = FIRST, until: Until = LAST
    ) -> list[ShownClosures]:
        """Show how much was closed with work and without, and how much came back."""
        allow(POLICY, caller, "results.read", agency=agency)
        async with doors.reads() as reads:
            rows = await store.closures_by(reads, dimension, agency, since, until, with_work)
        return [ShownClosures(**row, reopen_rate=round(row["reopened"] / row["closed"], 3)) for row in rows]

    @router.get("/results/stages")
    async def show_stages(
        caller: Caller, agency: str | None = None, since: Since = FIRST, until: Until = LAST
    ) -> list[StageLine]:
        """Show how it went from the first contact over the work to the closing, asked and unasked."""
        allow(POLICY, caller, "results.read", agency=agency)
        async with doors.reads() as reads:
            return [StageLine(**line) for line in by_stage(await store.heard_by_stage(reads, agency, since, until))]

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
