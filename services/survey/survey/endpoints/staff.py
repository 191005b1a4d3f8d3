"""What staff may read: results by service and agency, and single comments."""

from fastapi import APIRouter, Response

from chassis.http import Caller, Doors, json_response
from chassis.principals import allow
from survey import store
from survey.domain.policy import POLICY
from survey.domain.results import shareable
from survey.handlers import words
from survey.schemas import ShownResult


def routes(doors: Doors) -> APIRouter:
    """Make the routes of staff."""
    router = APIRouter()

    @router.get("/results")
    async def show_results(caller: Caller, agency: str | None = None) -> list[ShownResult]:
        """Show how residents answered, by service and agency; an agency names itself and sees its own."""
        allow(POLICY, caller, "results.read", agency=agency)
        async with doors.reads() as reads:
            return [ShownResult(**shareable(row)) for row in await store.results(reads, agency)]

    @router.get("/comments/{comment_ref}", response_model=None)
    async def show_comment(comment_ref: str, caller: Caller) -> Response:
        """Show a resident's own words; every reading is noted."""
        async with doors.transaction() as tx:
            return json_response(await words.read_comment(tx, comment_ref, caller))

    return router
