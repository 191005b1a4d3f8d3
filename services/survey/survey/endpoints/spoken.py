"""Surveys on the telephone: an agent reads the questions to whoever was asked, and writes down what they answer."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.http import Caller, Doors, IdempotencyKey
from chassis.principals import allow
from contracts.city import City
from contracts.event import RequestFacts
from survey import store
from survey.domain.answers import GivenAnswers
from survey.domain.policy import POLICY
from survey.domain.questions import questions_for
from survey.handlers import answering
from survey.schemas import OpenSurvey, SpokenAnswers


def routes(doors: Doors, city: City) -> APIRouter:
    """Make the routes of agents."""
    router = APIRouter()
    take = doors.command("POST /surveys", partial(answering.take_answers, city=city))

    @router.get("/surveys")
    async def list_open_surveys(caller: Caller, tracking_number: Annotated[str, Query()]) -> list[OpenSurvey]:
        """List what the people of a request were asked and have not answered."""
        allow(POLICY, caller, "survey.answer_for")
        async with doors.reads() as reads:
            rows = await store.open_invitations(reads, tracking_number)
        return [_shown(row, city) for row in rows]

    @router.post("/surveys/{invitation_id}/spoken", status_code=201)
    async def write_down(
        invitation_id: UUID, body: SpokenAnswers, caller: Caller, key: IdempotencyKey = None
    ) -> Response:
        """Answer a survey for whoever says it to an agent; who wrote it down is noted."""
        allow(POLICY, caller, "survey.answer_for")
        return await take(GivenAnswers(invitation_id, body.answers, body.via), caller, key)

    return router


def _shown(row: store.Row, city: City) -> OpenSurvey:
    about = RequestFacts.model_validate(row["about"])
    asked = [question.code for question in questions_for(city.survey, about.channel, row["questions"])]
    return OpenSurvey(
        invitation_id=row["invitation_id"], language=about.language, expires_at=row["expires_at"], questions=asked
    )
