"""When a knowledge article has a new version: published ones never change."""

from datetime import date
from hashlib import blake2b
from typing import Final, NamedTuple

from contracts.city import Article

_FIRST: Final = frozenset(
    {"id", "title", "summary", "agency", "services", "keywords", "section", "audience", "review_by", "sources", "body"}
)
"""What every article says; whatever else it may say counts where it says it."""


class Latest(NamedTuple):
    """The version that was published last."""

    version: int
    digest: str


def digest_of(article: Article) -> str:
    """Condense all that an article says; its number is not part of what it says.

    >>> article = Article.model_construct(id="parks", version=1)
    >>> digest_of(article) == digest_of(article.model_copy(update={"version": 2}))
    True
    >>> digest_of(article) == digest_of(article.model_copy(update={"agency": "parks"}))
    False
    """
    unsaid = {
        name
        for name, field in Article.model_fields.items()
        if name not in _FIRST and getattr(article, name, field.default) == field.default
    }
    said = article.model_dump_json(exclude={"version", *unsaid})
    return blake2b(said.encode(), digest_size=16).hexdigest()


def new_version(offered: int, digest: str, latest: Latest | None) -> int | None:
    """Give an article's text its number, or None when it says what was published last.

    The city's own number is taken where it grows; a text that changed under an old number gets the next one.

    >>> new_version(1, "a", None), new_version(5, "b", Latest(1, "a")), new_version(1, "b", Latest(1, "a"))
    (1, 5, 2)
    >>> new_version(2, "a", Latest(1, "a")) is None
    True
    """
    if latest is None:
        return offered
    return None if digest == latest.digest else max(offered, latest.version + 1)


def is_stale(review_by: date, today: date) -> bool:
    """Tell that an article's owner should have reread it.

    >>> is_stale(date(2027, 6, 30), date(2027, 6, 30)), is_stale(date(2027, 6, 30), date(2027, 7, 1))
    (False, True)
    """
    return today > review_by
