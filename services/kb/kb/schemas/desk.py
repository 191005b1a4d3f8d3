"""What editors send and see."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field

Subject = Annotated[str, Field(min_length=1, max_length=200)]
Note = Annotated[str, Field(max_length=2000)]


class Content(BaseModel, extra="forbid"):
    """An article, with the fields that the city's folder has: id, title, summary, body, agency, review_by and so on."""

    content: dict[str, Any]


class Word(BaseModel, extra="forbid"):
    """A word about why."""

    note: Note = ""


class NewOwner(BaseModel, extra="forbid"):
    """Who answers for it from now on, and where it moves to another agency, which."""

    to: Subject
    agency: Annotated[str, Field(max_length=100)] | None = None


class FlagText(BaseModel, extra="forbid"):
    """What is wrong with the procedure behind an article."""

    text: str = Field(min_length=3, max_length=2000)


class FlagEnd(BaseModel, extra="forbid"):
    """How far a flag has come: looked into, or settled by revising the procedure, or by keeping it."""

    state: Literal["looked_into", "revised", "kept"]
    note: str = Field(min_length=3, max_length=2000)


class TaskEnd(BaseModel, extra="forbid"):
    """How a task ended."""

    state: Literal["done", "dismissed"]
    note: Note = ""


class Topics(BaseModel, extra="forbid"):
    """The scripts somebody who helps out is given, and until when."""

    topics: list[Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]+$")]] = Field(min_length=1, max_length=20)
    until: AwareDatetime


class DraftLine(BaseModel):
    """An open draft."""

    article_id: str
    state: Literal["draft", "review"]
    base_version: int
    writer: str
    saved_at: datetime
    content: dict[str, Any]


class StepLine(BaseModel):
    """Who did what, and when."""

    at: datetime
    action: str
    by_role: str
    by_subject: str
    by_agency: str | None
    version: int
    note: str


class FlagLine(BaseModel):
    """A flag on the procedure behind an article."""

    flag_id: str
    article_id: str
    agency: str
    text: str
    state: str
    raised_by: str
    raised_at: datetime
    resolution: str
    settled_by: str | None
    settled_at: datetime | None


class TaskLine(BaseModel):
    """Something for editors to do."""

    task_id: str
    kind: str
    subject: str
    language: str
    agency: str | None
    asked: int
    first_at: datetime
    last_at: datetime
    state: str
    note: str


class Script(BaseModel):
    """A script: what to say, from an article."""

    id: str
    version: int
    title: str
    summary: str
    script: str
    topics: list[str]
