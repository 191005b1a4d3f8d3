"""Answers with a tag: who has this very answer is told so, and is sent no body."""

from hashlib import blake2b
from typing import Annotated

from fastapi import Header, Response

from chassis.http import json_response

IfNoneMatch = Annotated[str | None, Header(max_length=1000)]


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
