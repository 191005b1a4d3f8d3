"""Questions and answers."""

from typing import Literal

from pydantic import BaseModel, Field

from kb.schemas import Tongue


class Asked(BaseModel, extra="forbid"):
    """A question, in somebody's own words; it is not kept."""

    question: str = Field(min_length=1, max_length=4000)
    language: Tongue | None = Field(None, description="The language asked in; none finds it out.")
    place: dict[str, str] = Field(
        {}, max_length=20, description="Where it is about: ids of areas by kind, such as council_district."
    )
    note_unknown: bool = Field(
        default=True, description="Whether a question without an answer opens a task for editors."
    )


class NextStep(BaseModel):
    """What to do next: start a request, call a desk (open now, closed now, or nobody told), 211, 911."""

    kind: Literal["start_request", "call", "call_211", "call_911"]
    service: str | None = None
    name: str | None = None
    phone: str | None = None
    hours: str | None = None
    open: bool | None = None


class Cited(BaseModel):
    """The article that answers, cited by id and version; every word of an answer is one of its own."""

    id: str
    version: int
    title: str
    summary: str
    passage: str
    section: str
    services: list[str]


class Answer(BaseModel):
    """An answer, or an honest no."""

    known: bool
    language: str
    confidence: float = Field(ge=0, le=1)
    article: Cited | None = None
    next: NextStep
    task: str | None = Field(None, description="Where nothing is known: the task that editors now have.")
