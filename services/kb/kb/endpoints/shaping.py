"""Shaping answers: tags, cached answers, and who sees what."""

from hashlib import blake2b
from typing import Annotated

from fastapi import Header, Query, Request, Response

from chassis.errors import invalid
from chassis.http import json_response
from chassis.principals import Principal, may
from contracts.city import City
from kb.domain.policy import POLICY

IfNoneMatch = Annotated[str | None, Header(max_length=1000)]
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


def tag(*parts: object) -> str:
    """Make an entity tag."""
    return f'"{blake2b(" ".join(map(str, parts)).encode(), digest_size=12).hexdigest()}"'


def is_held(tag: str, if_none_match: str | None) -> bool:
    """Tell whether a reader has this very answer.

    >>> is_held('"a"', 'W/"a", "b"'), is_held('"a"', None)
    (True, False)
    """
    return bool({held.strip().removeprefix("W/") for held in (if_none_match or "").split(",")} & {tag, "*"})


def cached(body: object, tag: str, if_none_match: str | None, media_type: str = "application/json") -> Response:
    """Answer with a tag; a reader who has this very answer is told so and gets no body (RFC 9110, 13.1.2)."""
    if is_held(tag, if_none_match):
        answer = Response(status_code=304)
    else:
        is_text = isinstance(body, str)
        answer = Response(body, media_type=media_type) if is_text else json_response(body, media_type=media_type)
    # Staff see more than the public: what one was given must not be shown to another.
    answer.headers.update({"etag": tag, "cache-control": "no-cache", "vary": "authorization"})
    return answer


def followed(answer: Response, request: Request, after: str | None) -> Response:
    """Name the next page of a list, where there is one (RFC 8288)."""
    if after is not None:
        query = request.url.include_query_params(after=after).query
        answer.headers["link"] = f'<{request.url.path}?{query}>; rel="next"'
    return answer
