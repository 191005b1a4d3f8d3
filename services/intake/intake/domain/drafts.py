"""A report that is not finished: begun in one channel, gone on with in another, under one reference."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import ValidationError

from chassis.sentences import sentence
from contracts.frontends import Reporter, RequestSubmitted
from contracts.intake import FieldProblem

KEPT: Final = timedelta(days=30)
"""From the last change on; then a draft is forgotten."""
_DEEP: Final = ("attributes", "place", "reporter")


def merged(before: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """Go on with a draft: what is told replaces what was; answers, place and reporter are completed, null takes away.

    >>> merged({"service_code": "pothole", "attributes": {"size": "big"}}, {"attributes": {"lane": "left"}})
    {'service_code': 'pothole', 'attributes': {'size': 'big', 'lane': 'left'}}
    >>> merged({"description": "A hole", "attributes": {"size": "big"}}, {"description": None, "attributes": None})
    {}
    """
    together = {**before, **told}
    for name in _DEEP:
        if before.get(name) and told.get(name):
            together[name] = {k: v for k, v in {**before[name], **told[name]}.items() if v is not None}
    return {name: value for name, value in together.items() if value is not None}


def finished(reference: str, body: Mapping[str, Any], kept: Reporter | None) -> RequestSubmitted:
    """Make a draft a report like any other; `kept` is the contact of an earlier report that goes on with this one.

    Raises pydantic's ValidationError, naming each field.

    >>> finished("AB", {"service_code": "pothole", "channel": "phone"}, None).channel.value
    'phone'
    """
    told = {"reporter": kept.model_dump(exclude_none=True)} if kept and not body.get("reporter") else {}
    given = {"channel": "web", **body, **told}
    return RequestSubmitted.model_validate({**given, "submission_key": reference, "submitter": "draft"})


def unreadable(error: ValidationError) -> tuple[FieldProblem, ...]:
    """Say what keeps a draft from being a report at all.

    >>> try:
    ...     finished("AB", {"description": "A hole"}, None)
    ... except ValidationError as error:
    ...     unreadable(error)
    (FieldProblem(field='service_code', problem='This is needed.'),)
    """
    return tuple(
        FieldProblem(field=".".join(map(str, fault["loc"])), problem=sentence(fault)) for fault in error.errors()
    )
