"""What submitters of requests and of updates are answered on the log."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from contracts.event import Event, Texts, Value


class FieldProblem(Value):
    """One thing wrong with one field."""

    field: str = Field(description="Path of the field, dotted.")
    problem: str = Field(description="What is wrong and what is expected, in a sentence.")


class RequestAccepted(Event):
    """A submission was taken."""

    TYPE: ClassVar[str] = "request.accepted"
    submission_key: str
    submitter: str
    request_id: UUID
    tracking_number: str
    forecast: Texts = Field(description="When it will be done, in words.")
    emergency: Texts = Field({}, description="Life-safety words were found: say this to the reporter before all else.")
    social_services: Texts = Field({}, description="Words of need were found: whom to call for help.")

    @property
    def key(self) -> str:
        """The submitter's key."""
        return self.submission_key


class RequestRefused(Event):
    """A submission that cannot be taken, field by field."""

    TYPE: ClassVar[str] = "request.refused"
    submission_key: str
    submitter: str
    problems: tuple[FieldProblem, ...]

    @property
    def key(self) -> str:
        """The submitter's key."""
        return self.submission_key


class UpdateRefused(Event):
    """An agency's update breaks the rules; it is told which are allowed."""

    TYPE: ClassVar[str] = "update.refused"
    request_id: UUID
    agency: str
    assignment_id: UUID
    update_id: str
    code: str = Field(description="The rule broken, for machines.")
    detail: str = Field(description="What is wrong and what to do, in a sentence.")
    allowed: tuple[str, ...] = ()
    field: str | None = Field(None, description="Which field of the update breaks it, by its name in `agency.outbox`.")
    door: str = Field("outbox", description="By which door the update came: `outbox`, `desk` or `open311`.")

    @property
    def key(self) -> str:
        """The request's id as text."""
        return str(self.request_id)
