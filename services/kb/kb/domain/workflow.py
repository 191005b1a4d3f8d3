"""The life of an article: draft, review, publish, retire; what is published never changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

LIFE: Final[Mapping[str, Mapping[str | None, str]]] = {
    "saved": {None: "draft", "draft": "draft", "review": "draft"},
    "submitted": {"draft": "review"},
    "returned": {"review": "draft"},
    "published": {"review": "published"},
    "dropped": {"draft": "dropped", "review": "dropped"},
}
"""Action -> from which state of a draft to which; None is no draft. A changed text goes back to draft."""


def after(action: str, state: str | None) -> str | None:
    """Tell the state a draft has after an action; None when the action does not fit.

    >>> after("saved", None), after("submitted", "draft"), after("published", "review"), after("published", "draft")
    ('draft', 'review', 'published', None)
    """
    return LIFE[action].get(state)


def is_own_work(writer: str, publisher: str) -> bool:
    """Tell that somebody would publish what they wrote themselves: four eyes see more than two.

    >>> is_own_work("ann", "ann"), is_own_work("ann", "bob")
    (True, False)
    """
    return writer == publisher


class Holding(NamedTuple):
    """When an article holds."""

    starts_at: datetime | None
    expires_at: datetime | None

    def at(self, now: datetime) -> bool:
        """Tell whether it holds now.

        >>> from datetime import UTC
        >>> storm = Holding(datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 4, tzinfo=UTC))
        >>> [storm.at(datetime(2026, 1, day, tzinfo=UTC)) for day in (1, 2, 3, 4)]
        [False, True, True, False]
        """
        return (self.starts_at is None or self.starts_at <= now) and (self.expires_at is None or now < self.expires_at)


def parity(content: Mapping[str, Any], spoken: Mapping[str, int], languages: tuple[str, ...]) -> dict[str, str]:
    """Tell of each language of the city whether its text keeps up with the first one written.

    `spoken` is the version in which each language's words changed last.

    >>> content = {"title": {"en": "Trees", "es": "Árboles"}}
    >>> parity(content, {"en": 3, "es": 1}, ("en", "es", "hy"))
    {'en': 'current', 'es': 'behind', 'hy': 'missing'}
    """
    newest = max(spoken.values(), default=0)
    lead = next(iter(content["title"]))
    return {
        language: "missing"
        if not content["title"].get(language)
        else "current"
        if language == lead or spoken.get(language, newest) >= spoken.get(lead, newest)
        else "behind"
        for language in languages
    }


def spoken_in(content: Mapping[str, Any], before: Mapping[str, Any] | None, version: int) -> dict[str, int]:
    """Tell in which version each language's words changed last.

    >>> old = {"title": {"en": "Tree", "es": "Árbol"}, "summary": {}, "body": {}, "spoken": {"en": 1, "es": 1}}
    >>> spoken_in({"title": {"en": "Trees", "es": "Árbol"}, "summary": {}, "body": {}}, old, 2)
    {'en': 2, 'es': 1}
    """
    last = (before or {}).get("spoken", {})
    return {
        language: version
        if before is None or _words(content, language) != _words(before, language)
        else last.get(language, before.get("version", 1))
        for language in content["title"]
    }


def _words(content: Mapping[str, Any], language: str) -> tuple[str, ...]:
    return tuple((content.get(part) or {}).get(language, "") for part in ("title", "summary", "body"))
