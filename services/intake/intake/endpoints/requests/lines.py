"""Bulk posts: lines in, lines out, none silently dropped."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from chassis.commands import Reply
from chassis.errors import FieldError, Problem, invalid, invalid_fields
from intake.schemas import NewRequestLine

MAX_LINES: Final = 10_000
_TOLD: Final = ("request_id", "tracking_number", "forecast", "emergency", "social_services", "elsewhere")


class Line(NamedTuple):
    """One line of a bulk post: a report, or what is wrong with it."""

    number: int
    report: NewRequestLine | None
    problem: Problem | None = None


def read_lines(body: bytes) -> list[Line]:
    """Read NDJSON; empty lines do not count. Raises a 413 problem above the limit, a 422 problem for no line at all."""
    lines = [(number, line) for number, line in enumerate(body.split(b"\n"), 1) if line.strip()]
    if len(lines) > MAX_LINES:
        raise Problem(413, "Too many lines", f"{len(lines)} lines; send at most {MAX_LINES} at once.")
    if not lines:
        raise invalid([FieldError(field="body", problem="Send one JSON object a line.")])
    return [_read(number, line) for number, line in lines]


def _read(number: int, line: bytes) -> Line:
    try:
        return Line(number, NewRequestLine.model_validate_json(line))
    except ValidationError as error:
        return Line(number, None, invalid_fields(error.errors(include_url=False)))


def answer_lines(lines: Sequence[Line], answers: Sequence[Reply | Problem]) -> dict[str, Any]:
    """Put the answers beside their lines."""
    given = iter(answers)
    results = [_result(line, line.problem or next(given)) for line in lines]
    accepted = sum(1 for result in results if "tracking_number" in result)
    return {"accepted": accepted, "refused": len(results) - accepted, "results": results}


def _result(line: Line, answer: Reply | Problem) -> dict[str, Any]:
    known = {"external_id": line.report.external_id} if line.report and line.report.external_id else {}
    return {"line": line.number, **known, **dict(_facts(answer))}


def _facts(answer: Reply | Problem) -> Iterator[tuple[str, Any]]:
    yield "status", answer.status
    if isinstance(answer, Problem):
        yield "detail", answer.detail
        yield "errors", list(answer.errors)
    else:
        yield from ((name, answer.body[name]) for name in _TOLD if answer.body.get(name))
