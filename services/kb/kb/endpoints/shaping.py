"""Shaping answers: languages, next pages, and who sees what."""

from typing import Annotated

from fastapi import Query, Request, Response

from chassis.errors import invalid
from chassis.principals import Principal, may
from contracts.city import City
from kb.domain.policy import POLICY

Version = Annotated[int | None, Query(ge=1, le=2**31 - 1)]
ArticleId = Annotated[str, Query(max_length=100)]


def sees_internal(caller: Principal) -> bool:
    """Tell whether somebody sees what staff alone may read."""
    return may(POLICY, caller, "articles.read_internal")


def known(language: str, city: City) -> str:
    """Give a language of the city; raises a 422 problem for another."""
    if language not in city.profile.languages:
        languages = ", ".join(city.profile.languages)
        raise invalid([{"field": "language", "problem": f"the city does not write {language!r}; ask for {languages}"}])
    return language


def followed(answer: Response, request: Request, after: str | None) -> Response:
    """Name the next page of a list, where there is one (RFC 8288)."""
    if after is not None:
        query = request.url.include_query_params(after=after).query
        answer.headers["link"] = f'<{request.url.path}?{query}>; rel="next"'
    return answer
