"""The form behind an unguessable link: a page for people, JSON for programs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response

from chassis.errors import Problem, invalid, not_found
from chassis.http import Door, Doors, IdempotencyKey, page_response, wants_page
from chassis.links import verify
from chassis.pages import SECURITY, first_spoken
from chassis.principals import Principal
from contracts.city import City
from contracts.event import RequestFacts
from survey import store
from survey.domain.answers import GivenAnswers
from survey.domain.invitation import State, closed_door
from survey.domain.page import Sheet, form_page, message_page, said, sheet_of
from survey.endpoints.pages import FORM, Language, fields_of
from survey.handlers import answering
from survey.schemas import ShownQuestion, ShownSurvey

Token = Annotated[str, Query(description="The link's secret.")]


def routes(doors: Doors, city: City, link_key: str) -> APIRouter:
    """Make the routes of the form."""
    forms = Forms(doors, city, link_key, doors.command("POST /surveys", partial(answering.take_answers, city=city)))
    router = APIRouter()

    @router.get("/surveys/{invitation_id}", response_model=None, responses={200: {"model": ShownSurvey}})
    async def show_survey(request: Request, invitation_id: UUID, token: Token = "", lang: Language = None) -> Response:
        """Show the survey: a page where the caller accepts HTML, else JSON."""
        show = forms.page if wants_page(request) else forms.data
        return await show(invitation_id, token, lang)

    @router.post("/surveys/{invitation_id}", response_model=None, status_code=201)
    async def answer_survey(
        request: Request, invitation_id: UUID, token: Token = "", lang: Language = None, key: IdempotencyKey = None
    ) -> Response:
        """Answer it, by form or JSON: question codes and their answers. "Not done" in time reopens the request."""
        given = GivenAnswers(invitation_id, _answers(request.headers.get("content-type", ""), await request.body()))
        take = forms.take_page if wants_page(request) else forms.take
        return await take(given, token, lang, key)

    return router


@dataclass(frozen=True, slots=True)
class Forms:
    """The survey as shown and taken; nothing is said to who does not hold the link."""

    doors: Doors
    city: City
    link_key: str
    answer: Door

    async def data(self, invitation_id: UUID, token: str, language: str | None) -> Response:
        """Show the survey to a program."""
        row, sheet = await self._find(invitation_id, token, language)
        shown = ShownSurvey(
            invitation_id=invitation_id,
            tracking_number=sheet.tracking_number,
            service=sheet.service_name,
            language=sheet.language,
            state=self._shut(row) or "open",
            introduction=sheet.introduction,
            questions=_questions(sheet),
        )
        return Response(shown.model_dump_json(), media_type="application/json", headers=dict(SECURITY))

    async def page(self, invitation_id: UUID, token: str, language: str | None) -> Response:
        """Show the survey to a person."""
        try:
            row, sheet = await self._find(invitation_id, token, language)
        except Problem as refused:
            return self._unknown(language, refused.status)
        shut = self._shut(row)
        if shut is None:
            return page_response(form_page(sheet, _action(token, language)))
        return page_response(
            message_page(sheet.language, said("gone", sheet.language), said(shut, sheet.language)), 410
        )

    async def take(self, given: GivenAnswers, token: str, _language: str | None, key: str | None) -> Response:
        """Take a program's answers."""
        self._check(given.invitation_id, token)
        return await self.answer(given, Principal("contact", str(given.invitation_id)), key)

    async def take_page(self, given: GivenAnswers, token: str, language: str | None, key: str | None) -> Response:
        """Take a person's answers; what needs another look comes back with the form, nothing to be typed twice."""
        try:
            await self.take(given, token, language, key)
        except Problem as refused:
            return await self._again(given, token, language, refused)
        _, sheet = await self._find(given.invitation_id, token, language)
        thanks = self.city.survey.thanks.say(sheet.language)
        more = _elsewhere(given.invitation_id, token, language)
        return page_response(message_page(sheet.language, said("thanks", sheet.language), thanks, more), 201)

    async def _again(self, given: GivenAnswers, token: str, language: str | None, refused: Problem) -> Response:
        if not refused.errors:
            return await self.page(given.invitation_id, token, language)
        _, sheet = await self._find(given.invitation_id, token, language)
        return page_response(form_page(sheet, _action(token, language), given.answers, refused.errors), refused.status)

    async def _find(self, invitation_id: UUID, token: str, language: str | None) -> tuple[store.Row, Sheet]:
        self._check(invitation_id, token)
        async with self.doors.reads() as reads:
            row = await store.invitation(reads, invitation_id)
        if row is None:
            raise not_found("survey")
        return row, sheet_of(self.city, RequestFacts.model_validate(row["about"]), language, row["questions"])

    def _check(self, invitation_id: UUID, token: str) -> None:
        if not verify(self.link_key, "survey", str(invitation_id), token):
            raise not_found("survey")

    def _shut(self, row: store.Row) -> str | None:
        return closed_door(State(row["state"]), self.doors.database.clock(), row["expires_at"])

    def _unknown(self, language: str | None, status: int) -> Response:
        spoken = first_spoken(self.city.profile.languages, language)
        return page_response(message_page(spoken, said("gone", spoken), said("unknown", spoken)), status)


def _answers(content_type: str, body: bytes) -> Mapping[str, Any]:
    if content_type.startswith(FORM):
        return fields_of(body)
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise invalid([{"field": "body", "problem": "must be a JSON object of question codes and answers"}])
    return given


def _questions(sheet: Sheet) -> list[ShownQuestion]:
    return [
        ShownQuestion(
            code=question.code,
            kind=question.kind,
            label=question.label.say(sheet.language),
            lowest=question.lowest.say(sheet.language) if question.lowest else None,
            highest=question.highest.say(sheet.language) if question.highest else None,
            required=question.required,
        )
        for question in sheet.questions
    ]


def _elsewhere(invitation_id: UUID, token: str, language: str | None) -> str:
    """Lead to the page for anything else, which then knows who writes by the same link."""
    known = {"invitation_id": str(invitation_id), "token": token} | ({"lang": language} if language else {})
    return "../feedback/form?" + urlencode(known)


def _action(token: str, language: str | None) -> str:
    return "?" + urlencode({"token": token} | ({"lang": language} if language else {}))
