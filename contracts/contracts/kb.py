"""What kb publishes: a knowledge article's new version."""

import datetime as dt
from typing import ClassVar, Literal

from pydantic import Field

from contracts.event import Event, Texts, Utc


class ArticlePublished(Event):
    """One version of the truth, in every language it is written in: enough to keep a copy of the city's knowledge.

    What staff alone may read travels in none of its texts: an internal article has title and summary, and no body.
    """

    TYPE: ClassVar[str] = "article.published"
    article_id: str
    version: int = Field(ge=1)
    title: Texts
    summary: Texts
    agency: str | None = None
    services: tuple[str, ...] = ()
    body: Texts = Field({}, description="Markdown by language; whoever shows it must clean it.")
    keywords: dict[str, tuple[str, ...]] = Field({})
    section: Literal["city", "social_services", "other_government"] = "city"
    audience: Literal["public", "internal"] = "public"
    state: Literal["published", "retired"] = Field(
        "published", description="`retired` takes the article back: copies stop showing it."
    )
    related: tuple[str, ...] = ()
    transfers: tuple[str, ...] = Field((), description="Desks that go on helping, by the city's names of them.")
    fees: Texts = Field({})
    areas: dict[str, tuple[str, ...]] = Field({}, description="Places it holds for, by kind of area; none is the city.")
    review_by: dt.date | None = None
    sources: tuple[str, ...] = ()
    starts_at: Utc | None = None
    expires_at: Utc | None = None
    banner: bool = Field(default=False, description="Shown on every page while it holds.")

    @property
    def key(self) -> str:
        """The article's id."""
        return self.article_id
