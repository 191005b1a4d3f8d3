"""A promise that is revised before it was told: the newer one alone is told."""

from collections.abc import Mapping
from typing import Any, Final

from notify.domain.moments import News

_TOLD_BEFORE: Final = ("before", "due_before")


def replacing(news: News, unsent: Mapping[str, Any] | None) -> News:
    """Tell a promise in the place of one that was never sent: what its reader heard before is what that one knew of.

    >>> from contracts.vocabulary import Moment
    >>> third = News(Moment.PROMISE_CHANGED, "promised:3", {"before": {"en": "by Friday"}})
    >>> replacing(third, {"before": {"en": "by Monday"}, "words": {"en": "by Friday"}}).details["before"]
    {'en': 'by Monday'}
    >>> replacing(third, {"words": {"en": "by Friday"}}).details["before"] is None
    True
    >>> replacing(third, None) == third
    True
    """
    if unsent is None:
        return news
    return news._replace(details={**news.details, **{name: unsent.get(name) for name in _TOLD_BEFORE}})
