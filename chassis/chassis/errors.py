"""Expected failures: problem details (RFC 9457), each saying what is wrong and what to do."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self, TypedDict

from chassis.sentences import sentence


class FieldError(TypedDict):
    """One field and what is wrong with it."""

    field: str
    problem: str


class Problem(Exception):  # noqa: N818 - named as RFC 9457 names it
    """An expected failure with an HTTP status; rendered once, at the edge. `retry_after` is in seconds."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(f"{title}: {detail}")
        self.retry_after = retry_after
        self.more: Mapping[str, object] = {}
        self.status, self.title, self.detail, self.errors = status, title, detail, tuple(errors)

    def saying(self, **more: object) -> Self:
        """Add extension members, as RFC 9457 calls them."""
        self.more = more
        return self

    def body(self) -> dict[str, object]:
        """Render as an RFC 9457 document."""
        base = {"type": "about:blank", "status": self.status, "title": self.title, "detail": self.detail, **self.more}
        return {**base, "errors": list(self.errors)} if self.errors else base


class FatalError(RuntimeError):
    """The service must stop: going on could lose or repeat something. The message is one clear line."""


def invalid(errors: Sequence[FieldError]) -> Problem:
    """Refuse input, naming each field."""
    named = "; ".join(f"{e['field']}: {e['problem']}" for e in errors)
    return Problem(422, "Some fields need correcting", named, errors)


def not_found(what: str) -> Problem:
    """Say that something does not exist, or may not be known to exist."""
    return Problem(404, "Not found", f"There is no {what} here, or it is not yours to see.")


def forbidden(action: str, role: str) -> Problem:
    """Refuse an action to a role."""
    return Problem(403, "Not allowed", f"{action!r} is not open to {role}. Sign in with a role that may do it.")


def conflict(detail: str) -> Problem:
    """Refuse what contradicts the present state."""
    return Problem(409, "Conflict", detail)


def invalid_fields(errors: Sequence[Any]) -> Problem:
    """Turn pydantic's errors into a problem that names each field."""
    return invalid([_field_error(e) for e in errors])


def _field_error(error: Any) -> FieldError:
    if error["type"] == "json_invalid":  # its place is a character of the body, not a field
        where = f" at character {error['loc'][-1]}" if error["loc"] else ""
        return {"field": "body", "problem": f"This is not JSON: {error['ctx']['error']}{where}"}
    named = ".".join(str(part) for part in error["loc"] if part not in {"body", "query", "path"})
    if not named and isinstance(error["input"], bytes):  # it was not read as JSON, for nothing said that it is
        return {"field": "body", "problem": _UNTYPED}
    return {"field": named or "body", "problem": sentence(error)}


_UNTYPED: Final = "Send JSON, and say so with the header Content-Type: application/json."
