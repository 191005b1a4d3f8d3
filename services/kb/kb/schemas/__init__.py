"""What kb takes and answers over HTTP."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from contracts.event import Texts

Section = Literal["city", "social_services", "other_government"]


class ArticleLine(BaseModel):
    """An article in a list."""

    id: str
    version: int
    title: str
    summary: str
    agency: str
    services: list[str] = Field(description="Services a request can be filed for from here.")
    section: Section
    is_stale: bool = Field(description="Its owner should have reread it by now.")
    banner: bool = Field(default=False, description="Shown on every page while it holds.")
    expires_at: datetime | None = None


class ArticleVersion(BaseModel):
    """One version of an article, in every language of the city; bodies are Markdown, `html` is clean."""

    id: str
    version: int
    state: Literal["published", "retired"]
    title: Texts
    summary: Texts
    body: Texts
    html: Texts = Field(description="The body as HTML that may stand in any page.")
    agency: str
    services: list[str]
    related: list[str] = []
    section: Section
    audience: Literal["public", "internal"]
    review_by: date
    is_stale: bool
    sources: list[str]
    fees: Texts | None = None
    areas: dict[str, list[str]] = {}
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    banner: bool = False
    languages: dict[str, Literal["current", "behind", "missing"]] = Field(
        description="Whether each language of the city keeps up with the first one written."
    )
    published_at: datetime
    internal: Texts | None = Field(None, description="For staff: the script, and what to note.")
    transfers: list["DeskLine"] | None = Field(None, description="For staff: the desks that go on helping.")
    owner: str | None = Field(None, description="For staff: who answers for it.")
    writers: list[str] | None = None
    editors: list[str] | None = None


class DeskLine(BaseModel):
    """A desk that a caller may be handed to, and whether somebody answers now; none where nobody told."""

    slug: str
    name: str
    kind: str
    phone: str | None
    hours: str | None
    open: bool | None
    reasons: str
    services: list[str]


class VersionLine(BaseModel):
    """A version in an article's history."""

    version: int
    published_at: datetime


class Hit(BaseModel):
    """An article found, to be cited by id and version; the first is the best.

    `score` runs from 0 to 1 and compares the hits of one answer only.
    """

    id: str
    version: int
    title: str
    summary: str
    score: float
    section: Section = "city"
    agency: str = ""
    services: list[str] = []
    passage: str | None = Field(None, description="Of the best: the part that answers.")


class SuggestedService(BaseModel):
    """A service that a request may be filed for."""

    code: str
    name: str
    score: float


class Suggested(BaseModel):
    """What fits a text, best first, in the language its words were found in."""

    language: str
    articles: list[Hit]
    services: list[SuggestedService]


Tongue = Annotated[str, Field(min_length=2, max_length=8)]
"""A language's code."""


class Leaf(BaseModel):
    """Which page of a list."""

    after: str = Field("", max_length=100, description="The id behind which it begins.")
    limit: int = Field(1_000, ge=1, le=5_000)


class Listing(Leaf):
    """What may be said of a list of articles."""

    language: str = "en"
    service: str | None = Field(None, max_length=100)


class OpenData(Leaf):
    """What may be said of open data."""

    format: Literal["json", "csv"] = "json"


class Search(BaseModel):
    """What may be said of a search."""

    q: str = Field(min_length=1, max_length=400)
    language: str = "en"
    limit: int = Field(10, ge=1, le=50)
    agency: str | None = Field(None, max_length=100)
    section: Section | None = None
    service: str | None = Field(None, max_length=100)


class Question(BaseModel, extra="forbid"):
    """A text to find answers for; it is not kept."""

    text: str = Field(min_length=1, max_length=4000)
    language: Tongue = "en"


class UsageLine(BaseModel):
    """One count: requests by service, contacts, views and ratings by article, searches by language."""

    measure: Literal[
        "filed", "answered", "resolved", "not_resolved", "filed_anyway", "transferred", "searched", "not_found",
        "viewed", "rated_helpful", "rated_low",
    ]  # fmt: skip
    subject: str
    count: int
    articles: list[str] = Field(description="For a service: the articles that could have answered.")


class Diff(BaseModel):
    """What changed between two versions, as lines of a unified diff, part by part."""

    old: int
    new: int
    changes: dict[str, list[str]]


class Rating(BaseModel, extra="forbid"):
    """Whether an article helped."""

    helpful: bool
