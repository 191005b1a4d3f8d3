"""What residents answered and said, in figures: for staff, and for each agency its own."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from chassis.http import Caller, Doors
from chassis.principals import allow
from contracts.city import City
from survey import store
from survey.domain.policy import POLICY
from survey.domain.results import by_stage, compared, shareable
from survey.schemas import Compared, ShownClosures, ShownResult, ShownSharing, StageLine
from survey.store import sharing

Dimension = Literal["agency", "service", "crew", "area", "channel", "month"]
Since = Annotated[date, Query(description="From this day on.")]
Until = Annotated[date, Query(description="Up to this day, without it.")]
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)


def routes(doors: Doors, city: City) -> APIRouter:
    """Make the routes of results."""
    router = APIRouter()
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

    @router.get("/results/shared")
    async def list_shared(
        caller: Caller, agency: str | None = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> list[ShownSharing]:
        """List what agencies were told of the results of each time, as they were then; an agency sees its own."""
        allow(POLICY, caller, "results.read", agency=agency)
        async with doors.reads() as reads:
            return [ShownSharing(**row) for row in await sharing.shared(reads, agency, limit)]

    @router.get("/results/stages")
    async def show_stages(
        caller: Caller, agency: str | None = None, since: Since = FIRST, until: Until = LAST
    ) -> list[StageLine]:
        """Show how it went from the first contact over the work to the closing, asked and unasked."""
        allow(POLICY, caller, "results.read", agency=agency)
        async with doors.reads() as reads:
            return [StageLine(**line) for line in by_stage(await store.heard_by_stage(reads, agency, since, until))]

    return router
