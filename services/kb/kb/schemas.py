"""What kb takes and answers over HTTP."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from contracts.event import Texts


class ArticleLine(BaseModel):
    """An article in a list."""

    id: str
    version: int
    title: str
    summary: str
    agency: str
    services: list[str] = Field(description="Services a request can be filed for from here.")
    section: Literal["city", "social_services", "other_government"]
    is_stale: bool = Field(description="Its owner should have reread it by now.")


class ArticleVersion(BaseModel):
    """One version of an article, in every language of the city; bodies are Markdown."""

    id: str
    version: int
    title: Texts
    summary: Texts
    body: Texts
    agency: str
    services: list[str]
    section: Literal["city", "social_services", "other_government"]
    audience: Literal["public", "internal"]
    review_by: date
    is_stale: bool
    sources: list[str]
    published_at: datetime


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


class Question(BaseModel):
    """A text to find answers for; it is not kept."""

    text: str = Field(min_length=1, max_length=4000)
    language: Tongue = "en"


class UsageLine(BaseModel):
    """One count: requests filed by service, contacts answered and resolved by article, searches without a result."""

    measure: Literal["filed", "answered", "resolved", "not_found"]
    subject: str
    count: int
    articles: list[str] = Field(description="For a service: the articles that could have answered.")
