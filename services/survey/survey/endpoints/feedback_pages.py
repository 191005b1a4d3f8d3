"""The page on which anybody tells the city something, without scripts, in the city's languages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

import orjson
from fastapi import Request, Response
from pydantic import ValidationError

from chassis.errors import Problem, invalid
from chassis.http import Door, page_response
from chassis.pages import first_spoken
from chassis.principals import Principal
from chassis.sentences import sentence
from contracts.city import City
from survey.domain.feedback import Told
from survey.domain.feedback_page import feedback_form, outcome_page, said, taken_page
from survey.domain.page import message_page
from survey.endpoints.pages import fields_of
from survey.schemas import FeedbackBody

_OF_LINKS = ("invitation_id", "contact", "token", "tracking_number", "agency", "service_code", "stage")
"""What a link may tell beforehand; it goes with the form's address, as does what makes sending it twice one."""
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class FeedbackPages:
    """The pages of feedback."""

    city: City
    give: Door

    def form(self, told: Mapping[str, str], language: str | None) -> Response:
        """Show the empty form."""
        spoken = self._spoken(language)
        return page_response(feedback_form(self.city, spoken, _action(told, spoken, str(uuid4())), told))

    def outcome(self, reply: str | None, language: str | None) -> Response:
        """Show what became of it."""
        return page_response(outcome_page(self._spoken(language), reply))

    async def take(
        self, request: Request, caller: Principal, language: str | None, check: Callable[[], None]
    ) -> Response:
        """Take a form that was sent."""
        spoken, once, given = self._spoken(language), _once(request), _given(request, await request.body())
        try:
            check()
            taken = await self.give(_told(given, spoken), caller, once)
        except Problem as refused:
            return self._again(given, _action(given, spoken, once), spoken, refused)
        return page_response(taken_page(spoken, _link(orjson.loads(taken.body), spoken)), 201)

    def _again(self, given: Mapping[str, str], action: str, language: str, refused: Problem) -> Response:
        if refused.errors:
            return page_response(feedback_form(self.city, language, action, given, refused.errors), refused.status)
        why = said("later", language) if refused.status == _TOO_MANY else refused.detail
        return page_response(message_page(language, said("not_taken", language), why), refused.status)

    def _spoken(self, language: str | None) -> str:
        return first_spoken(self.city.profile.languages, language)


def _given(request: Request, body: bytes) -> Mapping[str, str]:
    link = {name: text for name, text in request.query_params.items() if name in _OF_LINKS}
    return {**link, **{name: text for name, text in fields_of(body).items() if text.strip()}}


def _told(given: Mapping[str, str], language: str) -> Told:
    """Read a form. Raises a 422 problem that names the fields."""
    try:
        body = FeedbackBody.model_validate({**given, "language": language})
    except ValidationError as error:
        named = {str(fault["loc"][0]): sentence(fault, language) for fault in error.errors() if fault["loc"]}
        raise invalid([{"field": field, "problem": problem} for field, problem in named.items()]) from None
    return Told(**body.model_dump())


def _link(taken: Mapping[str, str], language: str) -> str:
    return f"/feedback/{taken['feedback_id']}?{urlencode({'token': taken['token'], 'lang': language})}"


def _once(request: Request) -> str | None:
    return request.query_params.get("once", "")[:100] or None


def _action(told: Mapping[str, str], language: str, once: str | None) -> str:
    link = {name: told[name] for name in _OF_LINKS if told.get(name)}
    return "?" + urlencode({**link, "lang": language, **({"once": once} if once else {})})
