"""What kb publishes: a knowledge article's new version."""

from typing import ClassVar

from pydantic import Field

from contracts.event import Event, Texts


class ArticlePublished(Event):
    """One version of the truth, in every language of the city."""

    TYPE: ClassVar[str] = "article.published"
    article_id: str
    version: int = Field(ge=1)
    title: Texts
    summary: Texts
    agency: str | None = None
    services: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The article's id."""
        return self.article_id
