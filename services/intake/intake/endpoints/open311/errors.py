"""Open311's own errors: a list of code and description, as 404 for what is not there, 403 for a bad key, else 400."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from chassis.errors import Problem, invalid_fields
from intake.endpoints.open311.rendering import rendered

NAMES: Final[Mapping[str, str]] = {
    "place.address": "address_string",
    "place.latitude": "lat",
    "place.longitude": "long",
    "place": "lat",
    "reporter.name": "first_name",
    "reporter.email": "email",
    "reporter.phone": "phone",
    "photos": "media_url",
}
"""Our names of fields -> the standard's."""

_KEPT: Final = frozenset({403, 404})
_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {429: {"Retry-After": "60"}, 503: {"Retry-After": "5"}}


class Open311Route(APIRoute):
    """A route whose every failure is told as Open311 tells it."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except (Problem, HTTPException, RequestValidationError) as error:
                return _refusal(request, _problem(error))

        return answer


def _problem(error: Problem | HTTPException | RequestValidationError) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return invalid_fields(error.errors())
    return Problem(error.status_code, "Refused", str(error.detail))


def _refusal(request: Request, problem: Problem) -> Response:
    status = problem.status if problem.status in _KEPT else 400
    told = [f"{_standard_name(e['field'])}: {e['problem']}" for e in problem.errors] or [problem.detail]
    code = problem.status if problem.status in _HEADERS else status
    fmt = "json" if request.url.path.endswith(".json") else "xml"
    listed = [{"code": code, "description": text} for text in told]
    return rendered("errors", listed, fmt, status, _HEADERS.get(problem.status))


def _standard_name(field: str) -> str:
    """Name a field as the client knows it.

    >>> _standard_name("attributes.colour"), _standard_name("place.latitude"), _standard_name("service_code")
    ('attribute[colour]', 'lat', 'service_code')
    """
    group, _, code = field.partition(".")
    return f"attribute[{code}]" if group == "attributes" and code else NAMES.get(field) or NAMES.get(group, field)
